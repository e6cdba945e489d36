"""The program to be debugged has no debug information.

What it finds     A launch configuration debugs a program linked with ``-s`` or ``-w``, or a binary from which ``strip`` took .debug_info, and no matching separate debug file lies beside it.
Why it hurts      Delve finds no line table: breakpoints answer "could not find file …, binary is stripped"; together with -trimpath the hint is missing. With ``-s -w=0`` Delve refuses the binary.
Example           ``"buildFlags": "-ldflags='-s -w'"``, or a Makefile that uses its release flags for the debug binary.
After the fix     ``-s`` and ``-w`` are gone from the flags of the debug build; other linker flags stay. A binary is built again.
Fix safety        Safe where only flags change; the rebuild runs the task's own go build.
How it is proved  Flags and sections are read again; with ``--deep`` a real dlv must bind the breakpoint.
References        go tool link (-s, -w); Delve pkg/proc/bininfo.go (ErrCouldNotFindLine).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.binary.gobuildinfo import GoBuild
from gomend.debug import mending
from gomend.debug.facts.binaries import ExecBinaries, ExecBinary
from gomend.debug.facts.launch import LaunchConfigs
from gomend.debug.facts.tasks import BuildTasks
from gomend.debug.origins import Origin, edit_build_flags, edit_goflags, origins
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.model.step import Step

rule = Rule(
    "GM304",
    "stripped",
    severity=Severity.ERROR,
    since="0.1",
    title="{program} has no debug information",
    message="{config} debugs {program}, in which Delve cannot find any line ({why}).",
    doc=__doc__,
    explains=("GM352", "GM350", "GM360"),
    proved_by=("GM360",),
)


def _why(origin: Origin) -> str:
    binary = origin.binary
    if binary is not None:
        if binary.debuggable and binary.symbols:
            return ""
        if binary.debuggable and binary.debuglink_file:
            return ""
        return ".debug_info" if not binary.dwarf else ".symtab"
    return f"-ldflags={origin.flags.strip}" if origin.flags.strip else ""


def _shown(origin: Origin, env: GoEnv) -> list[Evidence]:
    if origin.binary is None:
        return list(origin.evidence(env, "-ldflags"))
    found = [origin.binary.sections()]
    if origin.flags.strip:
        found.append(origin.binary.setting("-ldflags"))
    return found + ([origin.task.evidence(origin.command)] if origin.task and origin.command else [])


@rule.check
def check(configs: LaunchConfigs, env: GoEnv, binaries: ExecBinaries | Absent, tasks: BuildTasks | Absent) -> Iterator[Finding]:
    for origin in origins(configs, env, binaries, tasks):
        why = _why(origin)
        if why:
            yield rule.finding(
                origin.config.subject(),
                evidence=_shown(origin, env),
                confidence=origin.confidence,
                severity=origin.severity,
                config=origin.config.name,
                program=origin.what,
                why=why,
            )


@rule.fix("Keep the debug information: no -s and -w in {where}", safety=Safety.SAFE)
def keep_debug_info(
    finding: Finding, configs: LaunchConfigs, env: GoEnv, binaries: ExecBinaries | Absent, tasks: BuildTasks | Absent
) -> Mend | None:
    for origin in origins(configs, env, binaries, tasks):
        if origin.config.subject() != finding.subject or not _why(origin):
            continue
        config = origin.config
        if config.is_debug:
            edit = edit_build_flags(config, mending.keep_debug_info_words(config.build_words))
            if edit is not None:
                return Mend(steps=(edit,), parameters={"where": "buildFlags"})
            change = edit_goflags(config, env, mending.goflags(origin.goflags, mending.keep_debug_info_words))
            if isinstance(change, str):
                return Mend(hints=(change,), parameters={"where": "GOFLAGS"})
            return Mend(steps=(change,), parameters={"where": "GOFLAGS"})
        if origin.task is None or origin.command is None:
            return Mend(hints=_rebuild(origin), parameters={"where": config.name})
        mended = origin.task.mend(mending.keep_debug_info, mending.keep_debug_info_words)
        steps: tuple[Step, ...] = (mended,) if mended else ()
        if origin.binary is not None:
            again = origin.task.rebuild(origin.command, mending.keep_debug_info_words, config.program)
            if not steps or not again:
                return Mend(hints=_rebuild(origin), parameters={"where": config.name})
            steps += again
        return Mend(steps=steps, hints=() if steps else _rebuild(origin), parameters={"where": origin.task.name})
    return None


def _rebuild(origin: Origin) -> tuple[str, ...]:
    package = origin.binary.go.path if origin.binary and origin.binary.go else "."
    target = origin.config.program
    return (f"rm {target}", f'go build -gcflags="{mending.DEBUG_GCFLAGS}" -o {target} {package}')


_LAUNCH = """{
  "configurations": [
    {
      "name": "app",
      "type": "go",
      "request": "launch",
      "mode": "%s",
      "program": "${workspaceFolder}%s", // the server
      %s
    }
  ]
}
"""
_TASKS = """{"version": "2.0.0", "tasks": [
  {"label": "build", "type": "shell", "command": "go",
   "args": ["build", "-gcflags=all=-N -l", "-ldflags", "-s -w", "-o", "bin/app", "."]}
]}
"""
_MAKE = 'LDFLAGS := -s -w -X main.version=1\n\nbin/app:\n\tgo build -ldflags "$(LDFLAGS)" -o bin/app .\n'
_GO = GoBuild(version="go1.26.8", path="example.com/app", module="example.com/app")


def _binary(*, symbols: bool = True, dwarf: bool = True) -> tuple[ExecBinaries]:
    return (
        ExecBinaries(
            binaries=(ExecBinary(path="/project/bin/app", exists=True, format="elf", go=_GO, symbols=symbols, dwarf=dwarf),)
        ),
    )


rule.catches(
    "buildFlags as a string",
    subject="app",
    files={".vscode/launch.json": _LAUNCH % ("debug", "", '"buildFlags": "-tags=dev -ldflags=\'-s -w -X main.v=1\'"')},
)
rule.catches(
    "buildFlags as a list", files={".vscode/launch.json": _LAUNCH % ("test", "", '"buildFlags": ["-ldflags", "-w", "-race"]')}
)
rule.catches(
    "GOFLAGS of go env -w",
    files={".vscode/launch.json": _LAUNCH % ("debug", "", "")},
    goenv={"GOFLAGS": "-mod=mod '-ldflags=-s -w'"},
)
rule.catches(
    "GOFLAGS of the environment", files={".vscode/launch.json": _LAUNCH % ("debug", "", "")}, env={"GOFLAGS": "-ldflags=-w"}
)
rule.catches(
    "GOFLAGS of the configuration", files={".vscode/launch.json": _LAUNCH % ("debug", "", '"env": {"GOFLAGS": "-ldflags=-w"}')}
)
rule.catches(
    "a task strips what is not built yet",
    files={".vscode/launch.json": _LAUNCH % ("exec", "/bin/app", '"preLaunchTask": "build"'), ".vscode/tasks.json": _TASKS},
)
rule.catches("a Makefile variable", files={".vscode/launch.json": _LAUNCH % ("exec", "/bin/app", ""), "Makefile": _MAKE})
rule.catches(
    "a stripped binary",
    files={".vscode/launch.json": _LAUNCH % ("exec", "/bin/app", "")},
    facts=_binary(dwarf=False, symbols=False),
)
rule.passes(
    "a binary with debug information", files={".vscode/launch.json": _LAUNCH % ("exec", "/bin/app", "")}, facts=_binary()
)
rule.passes(
    "-X alone keeps it", files={".vscode/launch.json": _LAUNCH % ("debug", "", '"buildFlags": "-ldflags=-X=main.v=-s"')}
)
rule.passes(
    "buildFlags override GOFLAGS",
    files={".vscode/launch.json": _LAUNCH % ("debug", "", '"buildFlags": "-ldflags=-X=main.v=1"')},
    goenv={"GOFLAGS": "-ldflags=-w"},
)
rule.not_applicable("a release Makefile without launch configuration", files={"Makefile": _MAKE})
rule.undetermined("go is not on PATH", files={".vscode/launch.json": _LAUNCH % ("debug", "", "")}, programs=("!go",))
