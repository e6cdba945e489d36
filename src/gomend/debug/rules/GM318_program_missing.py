"""The binary of mode exec does not exist, and nothing builds it first.

What it finds     A configuration in mode exec names a binary that is not there, and it has no ``preLaunchTask`` that would build it.
Why it hurts      The session ends at once: "could not launch process: stat …: no such file or directory". Sooner or later a stale binary is debugged instead.
Example           ``"mode": "exec", "program": "bin/app"`` after a fresh clone.
After the fix     ``preLaunchTask`` names the task of tasks.json that writes the binary.
Fix safety        Safe: one key is added to launch.json, and only where exactly one task builds the program.
How it is proved  The configuration names a task that is known.
References        VS Code documentation (preLaunchTask); vscode-go docs/debugging.md (mode exec).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.facts.binaries import ExecBinaries
from gomend.debug.facts.launch import LaunchConfig, LaunchConfigs
from gomend.debug.facts.tasks import BuildTask, BuildTasks
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM318",
    "editor-config-wrong",
    severity=Severity.WARNING,
    since="0.1",
    title="{program}, which {config} debugs, is not built",
    message="{path} does not exist, and {config} has no preLaunchTask that builds it.",
    doc=__doc__,
    explains=("GM360",),
)


@rule.check
def check(configs: LaunchConfigs, binaries: ExecBinaries) -> Iterator[Finding]:
    for config in configs.configs:
        binary = binaries.of(config)
        if binary is not None and not binary.exists and not config.task:
            yield rule.finding(
                config.subject(),
                evidence=[config.evidence("program"), Evidence(source=binary.path, quote=binary.problem)],
                config=config.name,
                program=config.written_program,
                path=binary.path,
            )


def _makers(config: LaunchConfig, tasks: BuildTasks | Absent) -> list[BuildTask]:
    return [] if isinstance(tasks, Absent) else [task for task, _ in tasks.builders(config)]


@rule.fix("Run {task} before {config}", safety=Safety.SAFE)
def build_first(finding: Finding, configs: LaunchConfigs, tasks: BuildTasks | Absent) -> Mend | None:
    for config in configs.configs:
        if config.subject() != finding.subject:
            continue
        makers = _makers(config, tasks)
        if len(makers) == 1 and makers[0].kind == "task":
            edits = config.document().set((*config.at, "preLaunchTask"), makers[0].name)
            return Mend(steps=(config.edit(edits),), parameters={"task": makers[0].name, "config": config.name})
        hints = tuple(f"make {task.name}" if task.kind == "make" else task.name for task in makers)
        hints = hints or (f'go build -gcflags="all=-N -l" -o {config.program} .',)
        return Mend(hints=hints, parameters={"task": hints[0], "config": config.name})
    return None


_LAUNCH = """{
  "configurations": [
    {
      "name": "app",
      "type": "go",
      "request": "launch",
      "mode": "%s",
      "program": "${workspaceFolder}/bin/app"%s
    }
  ]
}
"""
_TASKS = '{"tasks": [{"label": "build", "type": "shell", "command": "go build -gcflags=\'all=-N -l\' -o bin/app ."}]}\n'

rule.catches("no task", subject="app", files={".vscode/launch.json": _LAUNCH % ("exec", "")})
rule.catches("a task that nobody calls", files={".vscode/launch.json": _LAUNCH % ("exec", ""), ".vscode/tasks.json": _TASKS})
rule.passes(
    "a preLaunchTask",
    files={".vscode/launch.json": _LAUNCH % ("exec", ',\n      "preLaunchTask": "build"'), ".vscode/tasks.json": _TASKS},
)
rule.passes("the file is there", files={".vscode/launch.json": _LAUNCH % ("exec", ""), "bin/app": "#!/bin/sh\n"})
rule.not_applicable("Delve builds", files={".vscode/launch.json": _LAUNCH % ("debug", "")})
rule.undetermined("launch.json is broken", files={".vscode/launch.json": "{"})
