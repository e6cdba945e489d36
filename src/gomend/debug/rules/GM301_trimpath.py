"""The program is built with -trimpath, and no path rule leads back to the sources.

What it finds     A launch configuration debugs a program built with ``-trimpath`` (in its build information, its task, buildFlags or GOFLAGS), and ``substitutePath`` does not map the module's folder to the recorded module path.
Why it hurts      The binary then records ``example.com/app/main.go``. Delve compares path strings only, so every breakpoint of the editor answers "could not find file".
Example           ``"buildFlags": "-trimpath"`` in launch.json, or a Makefile that builds the binary of mode exec with ``-trimpath``.
After the fix     ``substitutePath`` maps the workspace folder (``from``, the editor's path) to ``example.com/app`` (``to``, the recorded one).
Fix safety        Safe: one entry is added to launch.json, everything else stays byte for byte.
How it is proved  The rule maps the module's folder as Delve does; with ``--deep`` a real dlv must bind the breakpoint.
References        go help build (-trimpath); Delve Documentation/cli/substitutepath.md; Delve service/dap/types.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug import paths
from gomend.debug.facts.binaries import ExecBinaries
from gomend.debug.facts.files import DebugFiles
from gomend.debug.facts.launch import LaunchConfigs
from gomend.debug.facts.tasks import BuildTasks
from gomend.debug.origins import Origin, module_of, origins
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM301",
    "trimpath",
    severity=Severity.ERROR,
    since="0.1",
    title="Breakpoints of {config} cannot bind: built with -trimpath",
    message="{program} records its sources as {recorded}, but substitutePath of {config} does not map {folder} to it.",
    doc=__doc__,
    explains=("GM350", "GM360"),
    proved_by=("GM360",),
)


def _wanted(origin: Origin, files: DebugFiles) -> list[tuple[str, str]]:
    """Local folder (or file) and recorded path of everything of the project that no rule maps yet."""
    module = module_of(origin, files)
    if not origin.flags.trimpath or module is None:
        return []
    config = origin.config
    found = []
    if config.is_debug and config.program.endswith(".go"):  # Delve knows a package of named files as file.go
        recorded = config.program.rpartition("/")[2]
        if paths.substitute(config.program, config.mapping) != recorded:
            found.append((config.program, recorded))
    pairs = [(module.folder, module.path)]
    for dep in origin.binary.go.deps if origin.binary and origin.binary.go else ():
        local = files.module_named(dep.path)
        if dep.replace_path.startswith("."):  # a replaced folder keeps path@version
            pairs.append((paths.join(module.folder, dep.replace_path), f"{dep.path}@{dep.version}"))
        elif local is not None and dep.version in {"", "(devel)"}:
            pairs.append((local.folder, dep.path))
    return found + [(folder, path) for folder, path in pairs if not config.maps(folder, path)]


@rule.check
def check(
    configs: LaunchConfigs, env: GoEnv, files: DebugFiles, binaries: ExecBinaries | Absent, tasks: BuildTasks | Absent
) -> Iterator[Finding]:
    for origin in origins(configs, env, binaries, tasks):
        wanted = _wanted(origin, files)
        if wanted:
            yield rule.finding(
                origin.config.subject(),
                evidence=[*origin.evidence(env, "-trimpath"), origin.config.evidence("substitutePath")],
                confidence=origin.confidence,
                severity=origin.severity,
                config=origin.config.name,
                program=origin.what,
                folder=wanted[0][0],
                recorded=wanted[0][1],
            )


@rule.fix("Map {folder} to {recorded} in substitutePath", safety=Safety.SAFE)
def map_paths(
    finding: Finding,
    configs: LaunchConfigs,
    env: GoEnv,
    files: DebugFiles,
    binaries: ExecBinaries | Absent,
    tasks: BuildTasks | Absent,
) -> Mend | None:
    for origin in origins(configs, env, binaries, tasks):
        wanted = _wanted(origin, files)
        if not wanted or origin.config.subject() != finding.subject:
            continue
        config = origin.config
        parameters = {"folder": config.portable(wanted[0][0]), "recorded": wanted[0][1]}
        if len(wanted) == 1:
            return Mend(steps=(config.with_rule(*wanted[0]),), parameters=parameters)
        # Several at once: the most specific first, before the rules that are there.
        added = [{"from": config.portable(a), "to": b} for a, b in sorted(wanted, key=lambda w: -len(w[0]))]
        kept = [{"from": r.written_from, "to": r.written_to} for r in config.rules]
        edits = config.document().set((*config.at, "substitutePath"), added + kept)
        return Mend(steps=(config.edit(edits),), parameters=parameters)
    return None


_MOD = "module example.com/app\n\ngo 1.22\n"
_DEBUG = """{
    // Go
    "version": "0.2.0",
    "configurations": [
        {
            "name": "app", "type": "go", "request": "launch", "mode": "debug",
            "program": "${workspaceFolder}/cmd/app", // the server
            "buildFlags": "%s"%s
        },
    ],
}
"""
_EXEC = """{"configurations": [
  {"name": "run", "type": "go", "request": "launch", "mode": "exec", "program": "${workspaceFolder}/bin/app"}
]}
"""
_MAKE = "bin/app:\n\tgo build -trimpath -o $@ ./cmd/app\n"

rule.catches(
    "buildFlags of launch.json", subject="app", files={"go.mod": _MOD, ".vscode/launch.json": _DEBUG % ("-trimpath", "")}
)
rule.catches(
    "GOFLAGS of go env -w, and a rule for another folder",
    files={
        "go.mod": _MOD,
        ".vscode/launch.json": _DEBUG % ("", ', "substitutePath": [{"from": "/elsewhere", "to": "example.com/lib"}]'),
    },
    goenv={"GOFLAGS": "-trimpath"},
)
rule.catches(
    "a named file is recorded beside the module",
    files={
        "go.mod": _MOD,
        ".vscode/launch.json": (_DEBUG % ("-trimpath", "")).replace("cmd/app", "main.go"),
        "main.go": "package main\n",
    },
)
rule.catches(
    "a Makefile target makes the binary", subject="run", files={"go.mod": _MOD, ".vscode/launch.json": _EXEC, "Makefile": _MAKE}
)
rule.passes(
    "substitutePath maps the module",
    files={
        "go.mod": _MOD,
        ".vscode/launch.json": _DEBUG
        % ("-trimpath", ', "substitutePath": [{"from": "${workspaceFolder}", "to": "example.com/app"}]'),
    },
)
rule.passes(
    "buildFlags switch it off again",
    files={"go.mod": _MOD, ".vscode/launch.json": _DEBUG % ("-trimpath=false", "")},
    goenv={"GOFLAGS": "-trimpath"},
)
rule.not_applicable("no launch configuration", files={"go.mod": _MOD}, goenv={"GOFLAGS": "-trimpath"})
rule.undetermined("launch.json is broken", files={"go.mod": _MOD, ".vscode/launch.json": '{"configurations": ['})
rule.undetermined("go is not on PATH", files={"go.mod": _MOD, ".vscode/launch.json": _DEBUG % ("", "")}, programs=("!go",))
