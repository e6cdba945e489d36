"""Only the main package is built for debugging; its dependencies stay optimised.

What it finds     The build of a debugged binary gives ``-gcflags="-N -l"`` without ``all=``.
Why it hurts      Without a pattern the flags reach only the packages named on the command line. Breakpoints in the project's other packages and in dependencies meet optimised, inlined code.
Example           ``go build -gcflags="-N -l" -o bin/app ./cmd/app`` while the code to debug lies in internal/.
After the fix     The flag reads ``-gcflags="all=-N -l"``.
Fix safety        Safe: one flag of the task changes; a binary that exists is built again by that task's own command.
How it is proved  The flag with ``all=`` stands in the task or in the binary's build information.
References        go help build ("-gcflags '[pattern=]arg list'"); go help packages (all).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.binary.gobuildinfo import GoBuild
from gomend.debug import mending
from gomend.debug.facts.binaries import ExecBinaries, ExecBinary
from gomend.debug.facts.launch import LaunchConfigs
from gomend.debug.facts.tasks import BuildTasks
from gomend.debug.origins import Origin, origins
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.model.step import Step

rule = Rule(
    "GM306",
    "optimised",
    severity=Severity.INFO,
    since="0.1",
    title="Only the main package of {program} is built for debugging",
    message="-gcflags of {config} has no all=, so packages other than the one named on the command line stay optimised.",
    doc=__doc__,
    explains=("GM351", "GM355"),
)


def _is_partial(origin: Origin) -> bool:
    main = origin.flags.main
    everywhere = origin.flags.everywhere
    return main is not None and main.pattern == "" and main.debuggable and not (everywhere and everywhere.debuggable)


@rule.check
def check(configs: LaunchConfigs, env: GoEnv, binaries: ExecBinaries | Absent, tasks: BuildTasks | Absent) -> Iterator[Finding]:
    for origin in origins(configs, env, binaries, tasks):
        if _is_partial(origin):
            yield rule.finding(
                origin.config.subject(),
                evidence=origin.evidence(env, "-gcflags"),
                confidence=origin.confidence,
                config=origin.config.name,
                program=origin.what,
            )


@rule.fix('Write -gcflags="all=-N -l" in {where}', safety=Safety.SAFE)
def reach_all(
    finding: Finding, configs: LaunchConfigs, env: GoEnv, binaries: ExecBinaries | Absent, tasks: BuildTasks | Absent
) -> Mend | None:
    for origin in origins(configs, env, binaries, tasks):
        if origin.config.subject() != finding.subject or not _is_partial(origin):
            continue
        hint = f'go build -gcflags="{mending.DEBUG_GCFLAGS}" -o {origin.config.program} …'
        if origin.task is None or origin.command is None:
            return Mend(hints=(hint,), parameters={"where": origin.config.name})
        mended = origin.task.mend(mending.build_for_debugging, mending.build_for_debugging_words)
        steps: tuple[Step, ...] = (mended,) if mended else ()
        if origin.binary is not None and steps:
            again = origin.task.rebuild(origin.command, mending.build_for_debugging_words, origin.config.program)
            steps = steps + again if again else ()
        return Mend(steps=steps, hints=() if steps else (hint,), parameters={"where": origin.task.name})
    return None


_LAUNCH = """{"configurations": [
  {"name": "app", "type": "go", "request": "launch", "mode": "exec", "program": "bin/app", "preLaunchTask": "build"}
]}
"""
_TASK = '{"tasks": [{"label": "build", "type": "shell", "command": "go build %s -o bin/app ./cmd/app"}]}\n'


def _binary(gcflags: str) -> tuple[ExecBinaries]:
    go = GoBuild(version="go1.26.8", path="example.com/app", module="example.com/app", settings={"-gcflags": gcflags})
    return (ExecBinaries(binaries=(ExecBinary(path="/project/bin/app", exists=True, format="elf", go=go),)),)


rule.catches(
    "a shell task",
    subject="app",
    files={".vscode/launch.json": _LAUNCH, ".vscode/tasks.json": _TASK % "-gcflags='-N -l'"},
)
rule.catches("the binary says so", files={".vscode/launch.json": _LAUNCH}, facts=_binary("-N -l"))
rule.passes("all=", files={".vscode/launch.json": _LAUNCH, ".vscode/tasks.json": _TASK % "-gcflags='all=-N -l'"})
rule.passes("no flags at all is another matter", files={".vscode/launch.json": _LAUNCH, ".vscode/tasks.json": _TASK % ""})
rule.not_applicable("no launch configuration", files={".vscode/tasks.json": _TASK % "-gcflags='-N -l'"})
rule.undetermined("go is not on PATH", files={".vscode/launch.json": _LAUNCH}, programs=("!go",))
