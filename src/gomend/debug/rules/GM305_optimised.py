"""The program to be debugged is built with optimisation and inlining.

What it finds     A launch configuration starts a ready-made binary (mode exec) that was built without ``-gcflags="all=-N -l"``, or buildFlags replace the flags that Delve itself gives.
Why it hurts      Lines vanish or move, variables are "optimized out", functions are inlined: breakpoints bind late, elsewhere or answer "could not find statement".
Example           A Makefile target ``go build -o bin/app .`` and a configuration with ``"mode": "exec"`` on bin/app.
After the fix     The build of the debug binary has ``-gcflags="all=-N -l"``.
Fix safety        Safe: one flag is added to the task; a binary that exists is built again by that task's own command.
How it is proved  The binary's build information names both flags; with ``--deep`` a real dlv must bind the breakpoint.
References        go tool compile (-N, -l); go help build (-gcflags); Delve pkg/gobuild.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.binary.gobuildinfo import GoBuild
from gomend.debug import mending
from gomend.debug.facts.binaries import ExecBinaries, ExecBinary
from gomend.debug.facts.launch import LaunchConfigs
from gomend.debug.facts.tasks import BuildTasks
from gomend.debug.origins import Origin, edit_build_flags, origins
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.model.step import Step

rule = Rule(
    "GM305",
    "optimised",
    severity=Severity.WARNING,
    since="0.1",
    title="{program} is built with optimisation",
    message="{config} debugs {program}, which is built without -N and -l: some lines and variables cannot be debugged.",
    doc=__doc__,
    explains=("GM351", "GM355", "GM360"),
    proved_by=("GM360",),
)


def _is_optimised(origin: Origin) -> bool:
    if origin.binary is not None and (origin.binary.go is None or not origin.binary.dwarf):
        return False
    main = origin.flags.main
    return main is None or ("-N" not in main.flags and "-l" not in main.flags)


@rule.check
def check(configs: LaunchConfigs, env: GoEnv, binaries: ExecBinaries | Absent, tasks: BuildTasks | Absent) -> Iterator[Finding]:
    for origin in origins(configs, env, binaries, tasks):
        if _is_optimised(origin):
            yield rule.finding(
                origin.config.subject(),
                evidence=origin.evidence(env, "-gcflags"),
                confidence=origin.confidence,
                config=origin.config.name,
                program=origin.what,
            )


@rule.fix('Build with -gcflags="all=-N -l" in {where}', safety=Safety.SAFE)
def build_for_debugging(
    finding: Finding, configs: LaunchConfigs, env: GoEnv, binaries: ExecBinaries | Absent, tasks: BuildTasks | Absent
) -> Mend | None:
    for origin in origins(configs, env, binaries, tasks):
        config = origin.config
        if config.subject() != finding.subject or not _is_optimised(origin):
            continue
        if config.is_debug:
            edit = edit_build_flags(config, mending.build_for_debugging_words(config.build_words))
            return Mend(steps=(edit,), parameters={"where": "buildFlags"}) if edit else None
        package = origin.binary.go.path if origin.binary and origin.binary.go else "."
        hint = f'go build -gcflags="{mending.DEBUG_GCFLAGS}" -o {config.program} {package}'
        if origin.task is None or origin.command is None:
            return Mend(hints=(hint,), parameters={"where": config.name})
        mended = origin.task.mend(mending.build_for_debugging, mending.build_for_debugging_words)
        steps: tuple[Step, ...] = (mended,) if mended else ()
        if origin.binary is not None and steps:
            again = origin.task.rebuild(origin.command, mending.build_for_debugging_words, config.program)
            steps = steps + again if again else ()
        return Mend(steps=steps, hints=() if steps else (hint,), parameters={"where": origin.task.name})
    return None


_LAUNCH = """{
  "configurations": [
    {"name": "app", "type": "go", "request": "launch", "mode": "%s", "program": "${workspaceFolder}/bin/app"%s}
  ]
}
"""
_TASK = """{
  "tasks": [
    {
      "label": "build",
      "type": "%s",
      "command": "%s",
      "args": %s,
    },
  ],
}
"""
_WITH_TASK = _LAUNCH % ("exec", ', "preLaunchTask": "build"')
_GO = GoBuild(version="go1.26.8", path="example.com/app", module="example.com/app")


def _binary(gcflags: str | None, *, symbols: bool = True, dwarf: bool = True) -> tuple[ExecBinaries]:
    go = GoBuild(version=_GO.version, path=_GO.path, module=_GO.module, settings={"-gcflags": gcflags} if gcflags else {})
    return (
        ExecBinaries(
            binaries=(ExecBinary(path="/project/bin/app", exists=True, format="elf", go=go, symbols=symbols, dwarf=dwarf),)
        ),
    )


rule.catches(
    "a shell task",
    subject="app",
    files={".vscode/launch.json": _WITH_TASK, ".vscode/tasks.json": _TASK % ("shell", "go build -o bin/app .", "[]")},
)
rule.catches(
    "a process task with words",
    files={".vscode/launch.json": _WITH_TASK, ".vscode/tasks.json": _TASK % ("process", "go", '["build", "-o", "bin/app"]')},
)
rule.catches(
    "a task of vscode-go",
    files={".vscode/launch.json": _WITH_TASK, ".vscode/tasks.json": _TASK % ("go", "build", '["-o", "bin/app"]')},
)
rule.catches(
    "a Makefile",
    files={".vscode/launch.json": _LAUNCH % ("exec", ""), "Makefile": "app: # build\n\tgo build \\\n\t  -o bin/app .\n"},
)
rule.catches("the binary says so", files={".vscode/launch.json": _LAUNCH % ("exec", "")}, facts=_binary(None))
rule.catches(
    "buildFlags replace Delve's own flags", files={".vscode/launch.json": _LAUNCH % ("debug", ', "buildFlags": "-gcflags=-m"')}
)
rule.passes("a binary for debugging", files={".vscode/launch.json": _LAUNCH % ("exec", "")}, facts=_binary("all=-N -l"))
rule.passes(
    "a stripped binary is another matter",
    files={".vscode/launch.json": _LAUNCH % ("exec", "")},
    facts=_binary(None, dwarf=False),
)
rule.passes("Delve builds it", files={".vscode/launch.json": _LAUNCH % ("debug", "")})
rule.passes(
    "a list of buildFlags cannot replace them",
    files={".vscode/launch.json": _LAUNCH % ("debug", ', "buildFlags": ["-gcflags=-m"]')},
)
rule.not_applicable("no launch configuration", files={"Makefile": "app:\n\tgo build -o bin/app .\n"})
rule.undetermined("go is not on PATH", files={".vscode/launch.json": _LAUNCH % ("debug", "")}, programs=("!go",))
