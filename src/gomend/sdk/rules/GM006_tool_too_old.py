"""Delve is older than the Go whose programs it shall debug.

What it finds     The Go in use is newer than the newest one that this Delve supports.
Why it hurts      dlv refuses to start (``Version of Delve is too old``), or with the check off shows wrong values and misses breakpoints.
Example           dlv 1.23 with Go 1.26.
After the fix     dlv is at least as new as Go (the minor numbers go together).
Fix safety        Safe: one program in the folder of ``go install`` is built anew.
How it is proved  The facts are collected again and the rule is silent.
References        github.com/go-delve/delve, pkg/goversion/compat.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.env import GoTool
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Reply, Rule
from gomend.model.step import Run
from gomend.sdk import delve
from gomend.sdk.facts.programs import Delve, Tools

rule = Rule(
    "GM006",
    "tool-too-old",
    severity=Severity.WARNING,
    since="0.1",
    title="dlv {dlv} does not know {go}",
    message=("dlv {dlv} supports Go up to {newest}; {go} is in use."),
    doc=__doc__,
)


@rule.check
def check(dlv: Delve, go: GoTool) -> Iterator[Finding]:
    newest = delve.newest_go(dlv.version)
    if newest and delve.minor(go.version) > newest:
        yield rule.finding(
            Subject(kind="tool", name="dlv"),
            evidence=[dlv.evidence(), go.evidence()],
            dlv=dlv.version,
            go=go.version,
            newest=f"1.{newest}",
        )


@rule.fix("Install dlv {version}", safety=Safety.SAFE)
def update(finding: Finding, go: GoTool, tools: Tools) -> Mend | None:
    del finding
    version = delve.release_for(go.version)
    argv = ("go", "install", f"github.com/go-delve/delve/cmd/dlv@{version}")
    tool = tools.find("dlv")
    if tool.on_path and tool.installed != tool.on_path:
        return Mend(hints=(" ".join(argv),), parameters={"version": version})
    step = Run(argv=argv, cwd=tools.root, writes=(f"{tools.bin}/dlv",), touches=("tools", "module-cache"))
    return Mend(steps=(step,), parameters={"version": version})


_OLD = Reply(stdout="Delve Debugger\nVersion: 1.23.1\nBuild: $Id: 0$\n")
_NEW = Reply(stdout="Delve Debugger\nVersion: 1.26.0\nBuild: $Id: 0$\n")

rule.catches("three versions behind", subject="dlv", programs=("dlv",), commands={"dlv version": _OLD})
rule.catches("in GOBIN", files={"~/go/bin/dlv": ""}, commands={"/home/dev/go/bin/dlv version": _OLD})
rule.passes("of the same age", programs=("dlv",), commands={"dlv version": _NEW})
rule.passes("newer than Go", programs=("dlv",), commands={"dlv version": _NEW}, go={"GOVERSION": "go1.25.1"})
rule.not_applicable("dlv is not installed")
rule.undetermined("go is not on PATH", programs=("!go", "dlv"))
