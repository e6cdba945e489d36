"""The program is built with only one of -N and -l.

What it finds     The build of a debugged program gives ``-N`` without ``-l`` (functions are still inlined) or ``-l`` without ``-N`` (code is still optimised).
Why it hurts      ``-N`` turns optimisation off and ``-l`` inlining; with one of them breakpoints in small functions or on some lines bind elsewhere or not at all.
Example           ``go build -gcflags=all=-N -o bin/app .``
After the fix     Both flags are given: ``-gcflags="all=-N -l"``.
Fix safety        Safe: one flag changes; a binary that exists is built again by its task's own command.
How it is proved  Both flags stand in the task, in buildFlags or in the binary's build information.
References        go tool compile (-N, -l).
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
    "GM307",
    "inlined",
    severity=Severity.WARNING,
    since="0.1",
    title="{program} is built without {missing}",
    message="-gcflags of {config} lack {missing}: -N turns optimisation off, -l turns inlining off, a debugger needs both.",
    doc=__doc__,
    explains=("GM351", "GM355", "GM360"),
    proved_by=("GM360",),
)


def _missing(origin: Origin) -> str:
    main = origin.flags.main
    if main is None or main.debuggable:
        return ""
    return "-l" if "-N" in main.flags else "-N" if "-l" in main.flags else ""


@rule.check
def check(configs: LaunchConfigs, env: GoEnv, binaries: ExecBinaries | Absent, tasks: BuildTasks | Absent) -> Iterator[Finding]:
    for origin in origins(configs, env, binaries, tasks):
        missing = _missing(origin)
        if missing:
            yield rule.finding(
                origin.config.subject(),
                evidence=origin.evidence(env, "-gcflags"),
                confidence=origin.confidence,
                config=origin.config.name,
                program=origin.what,
                missing=missing,
            )


@rule.fix("Give both -N and -l in {where}", safety=Safety.SAFE)
def give_both(
    finding: Finding, configs: LaunchConfigs, env: GoEnv, binaries: ExecBinaries | Absent, tasks: BuildTasks | Absent
) -> Mend | None:
    for origin in origins(configs, env, binaries, tasks):
        config = origin.config
        if config.subject() != finding.subject or not _missing(origin):
            continue
        if config.is_debug:
            edit = edit_build_flags(config, mending.build_for_debugging_words(config.build_words))
            return Mend(steps=(edit,), parameters={"where": "buildFlags"}) if edit else None
        hint = f'go build -gcflags="{mending.DEBUG_GCFLAGS}" -o {config.program} …'
        if origin.task is None or origin.command is None:
            return Mend(hints=(hint,), parameters={"where": config.name})
        mended = origin.task.mend(mending.build_for_debugging, mending.build_for_debugging_words)
        steps: tuple[Step, ...] = (mended,) if mended else ()
        if origin.binary is not None and steps:
            again = origin.task.rebuild(origin.command, mending.build_for_debugging_words, config.program)
            steps = steps + again if again else ()
        return Mend(steps=steps, hints=() if steps else (hint,), parameters={"where": origin.task.name})
    return None


_LAUNCH = '{"configurations": [{"name": "app", "type": "go", "request": "launch", "mode": "%s", "program": "%s"%s}]}\n'
_EXEC = _LAUNCH % ("exec", "bin/app", "")
_MAKE = "bin/app:\n\tgo build -gcflags=%s -o bin/app .\n"


def _binary(gcflags: str) -> tuple[ExecBinaries]:
    go = GoBuild(version="go1.26.8", path="example.com/app", module="example.com/app", settings={"-gcflags": gcflags})
    return (ExecBinaries(binaries=(ExecBinary(path="/project/bin/app", exists=True, format="elf", go=go),)),)


rule.catches("only -N", subject="app", files={".vscode/launch.json": _EXEC, "Makefile": _MAKE % "all=-N"})
rule.catches("only -l", files={".vscode/launch.json": _EXEC, "Makefile": _MAKE % "all=-l"})
rule.catches("the binary says so", files={".vscode/launch.json": _EXEC}, facts=_binary("all=-N"))
rule.catches(
    "buildFlags replace Delve's own flags",
    files={".vscode/launch.json": _LAUNCH % ("debug", ".", ', "buildFlags": "-tags=x -gcflags=-N"')},
)
rule.passes("both", files={".vscode/launch.json": _EXEC, "Makefile": _MAKE % "'all=-N -l'"})
rule.passes("neither is another matter", files={".vscode/launch.json": _EXEC, "Makefile": _MAKE % "-m"})
rule.not_applicable("no launch configuration", files={"Makefile": _MAKE % "all=-N"})
rule.undetermined("go is not on PATH", files={".vscode/launch.json": _EXEC}, programs=("!go",))
