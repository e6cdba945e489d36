"""The installed dlv does not know the Go version that builds the program.

What it finds     The go command (or the binary to be debugged) is of a newer Go 1 minor version than the installed dlv supports.
Why it hurts      Delve refuses: "Version of Delve is too old for Go version …". The format of debug information may have changed, so switching the check off shows wrong values.
Example           dlv 1.25.2 beside go1.26: Delve 1.25 debugs programs up to Go 1.25.
After the fix     A dlv of the same minor version as Go, or newer, is installed.
Fix safety        A person decides: it installs a program.
How it is proved  ``dlv version`` is asked again and covers the Go version.
References        Delve pkg/goversion/compat.go; Delve Documentation/installation.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.facts.dlv import DlvTool
from gomend.debug.facts.launch import LaunchConfigs
from gomend.golang import version
from gomend.golang.facts.env import GoTool
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Reply, Rule

rule = Rule(
    "GM316",
    "dlv-too-old",
    severity=Severity.WARNING,
    since="0.1",
    title="dlv {dlv} is too old for {go}",
    message="dlv {dlv} debugs programs built with Go up to 1.{newest}, and {go} builds them here.",
    doc=__doc__,
    explains=("GM353", "GM360"),
)


@rule.check
def check(dlv: DlvTool, tool: GoTool, configs: LaunchConfigs | Absent | Unknown) -> Iterator[Finding]:
    key = version.key(tool.version)
    if key is not None and dlv.newest is not None and key[0] == 1 and key[1] > dlv.newest:
        yield rule.finding(
            Subject(kind="tool", name="dlv"),
            evidence=[dlv.evidence(), tool.evidence()],
            severity=Severity.ERROR if isinstance(configs, LaunchConfigs) else Severity.WARNING,
            dlv=dlv.version,
            go=tool.version,
            newest=dlv.newest,
        )


@rule.fix("Install a newer dlv", safety=Safety.MANUAL)
def install(finding: Finding) -> Mend:
    del finding
    return Mend(hints=("go install github.com/go-delve/delve/cmd/dlv@latest",))


def _dlv(version: str) -> dict[str, Reply]:
    return {"/usr/bin/dlv version": Reply(stdout=f"Delve Debugger\nVersion: {version}\nBuild: $Id$\n")}


rule.catches("one minor version behind", subject="dlv", programs=("dlv",), commands=_dlv("1.25.2"))
rule.passes("the same minor version", programs=("dlv",), commands=_dlv("1.26.0"))
rule.passes("a newer release than gomend knows", programs=("dlv",), commands=_dlv("1.40.0"))
rule.not_applicable("no dlv")
rule.undetermined(
    "dlv does not say its version", programs=("dlv",), commands={"/usr/bin/dlv version": Reply(stdout="?", exit=1)}
)
