"""The program was built with a Go version that the installed dlv no longer supports.

What it finds     A binary of mode exec, or the go command that builds, is of an older Go 1 minor version than the installed dlv takes.
Why it hurts      Delve refuses: "Go version … is too old for this version of Delve". Each release supports about three minor versions.
Example           A binary built with go1.21 and dlv 1.27, which takes Go 1.25 and newer.
After the fix     The program is built with a newer Go, or an older dlv is installed.
Fix safety        A person decides: either way a tool changes.
How it is proved  The versions of dlv, go and the binary are read again.
References        Delve pkg/goversion/compat.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.binary.gobuildinfo import GoBuild
from gomend.debug.facts.binaries import ExecBinaries, ExecBinary
from gomend.debug.facts.dlv import DlvTool
from gomend.debug.facts.launch import LaunchConfigs
from gomend.golang import version
from gomend.golang.facts.env import GoTool
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Reply, Rule

rule = Rule(
    "GM320",
    "go-too-old-for-dlv",
    severity=Severity.ERROR,
    since="0.1",
    title="{go} is too old for dlv {dlv}",
    message="{config} debugs a program built with {go}, and dlv {dlv} takes Go 1.{oldest} and newer.",
    doc=__doc__,
    explains=("GM356", "GM360"),
)


@rule.check
def check(configs: LaunchConfigs, dlv: DlvTool, tool: GoTool, binaries: ExecBinaries | Absent) -> Iterator[Finding]:
    for config in configs.configs:
        binary = None if isinstance(binaries, Absent) else binaries.of(config)
        if binary is not None and binary.go is not None:
            found, shown = binary.go.version, Evidence(source=f"go version {binary.path}", quote=binary.go.version)
        elif config.is_debug:
            found, shown = tool.version, tool.evidence()
        else:
            continue
        key = version.key(found)
        if key is not None and dlv.oldest is not None and key[0] == 1 and key[1] < dlv.oldest:
            yield rule.finding(
                config.subject(),
                evidence=[shown, dlv.evidence()],
                config=config.name,
                go=found,
                dlv=dlv.version,
                oldest=dlv.oldest,
            )


@rule.fix("Use a Go and a dlv that know each other", safety=Safety.MANUAL)
def agree(finding: Finding, dlv: DlvTool) -> Mend:
    del finding
    return Mend(hints=(f"go get go@1.{dlv.oldest}", "go install github.com/go-delve/delve/cmd/dlv@VERSION"))


_LAUNCH = '{"configurations": [{"name": "app", "type": "go", "request": "launch", "mode": "%s", "program": "/srv/app"}]}\n'
_DLV = {"/usr/bin/dlv version": Reply(stdout="Delve Debugger\nVersion: 1.27.2\n")}


def _binary(version: str) -> tuple[ExecBinaries]:
    go = GoBuild(version=version, path="example.com/app", module="example.com/app")
    return (ExecBinaries(binaries=(ExecBinary(path="/srv/app", exists=True, format="elf", go=go),)),)


rule.catches(
    "an old binary",
    subject="app",
    files={".vscode/launch.json": _LAUNCH % "exec"},
    facts=_binary("go1.21.3"),
    programs=("dlv",),
    commands=_DLV,
)
rule.catches(
    "an old go command",
    files={".vscode/launch.json": _LAUNCH % "debug"},
    go={"GOVERSION": "go1.24.9"},
    programs=("dlv",),
    commands=_DLV,
)
rule.passes(
    "versions that dlv takes",
    files={".vscode/launch.json": _LAUNCH % "exec"},
    facts=_binary("go1.25.1"),
    programs=("dlv",),
    commands=_DLV,
)
rule.not_applicable("no dlv", files={".vscode/launch.json": _LAUNCH % "debug"})
rule.undetermined("go is not on PATH", files={".vscode/launch.json": _LAUNCH % "debug"}, programs=("!go",))
