"""A launch configuration debugs a package that is not a program.

What it finds     A configuration in mode debug (or auto) whose ``program`` is a folder with a package other than ``main``.
Why it hurts      Delve builds it, finds nothing to run and ends the session: "… is not executable" or "could not launch process: not an executable file".
Example           ``program`` is the workspace folder, where the main package lies in cmd/app.
After the fix     ``program`` names the project's main package.
Fix safety        Safe where the project has exactly one main package; otherwise a person chooses.
How it is proved  The package at ``program`` is main; with ``--deep`` a real dlv must bind the breakpoint.
References        The Go specification (program execution); vscode-go docs/debugging.md (program, mode).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.facts.launch import LaunchConfigs
from gomend.debug.facts.packages import LaunchPackages
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM317",
    "not-main",
    severity=Severity.ERROR,
    since="0.1",
    title="{config} debugs package {package}, which is not a program",
    message="{folder} holds package {package}; mode debug needs package main.",
    doc=__doc__,
    explains=("GM360",),
    proved_by=("GM360",),
)


@rule.check
def check(configs: LaunchConfigs, packages: LaunchPackages) -> Iterator[Finding]:
    for config in configs.configs:
        package = packages.of(config)
        # Without a program the editor debugs the file that is open.
        if config.mode != "debug" or not config.written_program or package is None or package.name in {"", "main"}:
            continue
        yield rule.finding(
            config.subject(),
            evidence=[
                config.evidence("program"),
                Evidence(source=package.folder, quote=f"package {package.name} ({', '.join(package.files[:5])})"),
            ],
            config=config.name,
            package=package.name,
            folder=package.folder,
        )


@rule.fix("Debug {program}", safety=Safety.SAFE)
def name_main(finding: Finding, configs: LaunchConfigs, packages: LaunchPackages) -> Mend | None:
    for config in configs.configs:
        if config.subject() == finding.subject and packages.mains:
            programs = [config.portable(folder) for folder in packages.mains]
            if len(programs) > 1:
                hints = tuple(f'"program": "{p}"' for p in programs)
                return Mend(hints=hints, parameters={"program": programs[0]})
            edits = config.document().set((*config.at, "program"), programs[0])
            return Mend(steps=(config.edit(edits),), parameters={"program": programs[0]})
    return None


_LAUNCH = """{"configurations": [
  {"name": "app", "type": "go", "request": "launch", "mode": "%s", "program": "${workspaceFolder}"}
]}
"""
_LIB = {"go.mod": "module example.com/app\n", "app.go": "// Package app.\npackage app\n"}
_MAIN = "package main\n\nfunc main() {\n\tprintln(1)\n}\n"

rule.catches(
    "the program lies in cmd", subject="app", files={**_LIB, "cmd/app/main.go": _MAIN, ".vscode/launch.json": _LAUNCH % "debug"}
)
rule.catches(
    "two programs to choose from",
    files={**_LIB, "cmd/a/main.go": _MAIN, "cmd/b/main.go": _MAIN, ".vscode/launch.json": _LAUNCH % "auto"},
)
rule.passes("a main package", files={"go.mod": "module m\n", "main.go": _MAIN, ".vscode/launch.json": _LAUNCH % "debug"})
rule.passes("tests of a library", files={**_LIB, ".vscode/launch.json": _LAUNCH % "test"})
rule.not_applicable("no launch configuration", files=_LIB)
rule.undetermined("launch.json is broken", files={**_LIB, ".vscode/launch.json": "{"})
