"""A launch configuration calls a task that does not exist.

What it finds     ``preLaunchTask`` names a label that no task of tasks.json has.
Why it hurts      The editor says "Could not find the task" and starts nothing, or starts the binary of yesterday.
Example           ``"preLaunchTask": "build-debug"`` after the task was renamed to "build".
After the fix     The label is that of the task that writes the configuration's program.
Fix safety        Safe: one string of launch.json changes, and only where exactly one task builds the program.
How it is proved  The label is found among the tasks.
References        VS Code documentation (tasks, preLaunchTask).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.facts.launch import LaunchConfig, LaunchConfigs
from gomend.debug.facts.tasks import BuildTasks
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM321",
    "editor-config-wrong",
    severity=Severity.WARNING,
    since="0.1",
    title="{config} calls a task that does not exist: {task}",
    message="preLaunchTask of {config} is {task}, and no task has that label.",
    doc=__doc__,
)


def _is_missing(config: LaunchConfig, tasks: BuildTasks | Absent) -> bool:
    if not config.task or config.task.startswith(("${", "npm: ", "gulp: ", "grunt: ", "go: ")):
        return False
    return isinstance(tasks, Absent) or not (tasks.broken or tasks.has(config.task))


@rule.check
def check(configs: LaunchConfigs, tasks: BuildTasks | Absent) -> Iterator[Finding]:
    for config in configs.configs:
        if _is_missing(config, tasks):
            yield rule.finding(
                config.subject(), evidence=[config.evidence("preLaunchTask")], config=config.name, task=config.task
            )


@rule.fix("Call {task}", safety=Safety.SAFE)
def call_builder(finding: Finding, configs: LaunchConfigs, tasks: BuildTasks | Absent) -> Mend | None:
    if isinstance(tasks, Absent):
        return None
    for config in configs.configs:
        if config.subject() != finding.subject or not config.is_exec:
            continue
        makers = [t for t in tasks.tasks if t.kind == "task" and any(t.output(c) == config.program for c in t.commands)]
        if len(makers) == 1:
            edits = config.document().set((*config.at, "preLaunchTask"), makers[0].name)
            return Mend(steps=(config.edit(edits),), parameters={"task": makers[0].name})
    return None


_LAUNCH = """{"configurations": [
  {"name": "app", "type": "go", "request": "launch", "mode": "exec", "program": "bin/app", "preLaunchTask": "%s"}
]}
"""
_TASKS = '{"tasks": [{"label": "build", "type": "shell", "command": "go build -o bin/app ."}]}\n'

rule.catches(
    "a renamed task", subject="app", files={".vscode/launch.json": _LAUNCH % "build-debug", ".vscode/tasks.json": _TASKS}
)
rule.catches("no tasks.json", files={".vscode/launch.json": _LAUNCH % "build"})
rule.passes("the label is there", files={".vscode/launch.json": _LAUNCH % "build", ".vscode/tasks.json": _TASKS})
rule.passes("the default build task", files={".vscode/launch.json": _LAUNCH % "${defaultBuildTask}"})
rule.not_applicable("no launch configuration", files={".vscode/tasks.json": _TASKS})
rule.undetermined("launch.json is broken", files={".vscode/launch.json": "{"})
