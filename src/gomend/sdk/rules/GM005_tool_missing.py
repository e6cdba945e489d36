"""The project debugs with Delve, and dlv is not installed.

What it finds     A launch file or a build script needs ``dlv``, and it is neither on PATH nor in GOBIN.
Why it hurts      Debugging does not start.
Example           .vscode/launch.json with ``"type": "go"`` on a new machine.
After the fix     dlv of a version that knows the Go in use lies in the folder of ``go install``.
Fix safety        Safe: one program is built into the folder of ``go install``; nothing else changes.
How it is proved  The facts are collected again and the rule is silent.
References        github.com/go-delve/delve, Documentation/installation.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.env import GoTool
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Reply, Rule
from gomend.model.step import Run
from gomend.sdk import delve
from gomend.sdk.facts.programs import Tools
from gomend.sdk.facts.wishes import DelveWishes

rule = Rule(
    "GM005",
    "tool-missing",
    severity=Severity.WARNING,
    since="0.1",
    title="dlv is needed by {file} and not installed",
    message=("{file} needs dlv; it is neither on PATH nor in {bin}."),
    doc=__doc__,
)


@rule.check
def check(wishes: DelveWishes, tools: Tools, go: GoTool) -> Iterator[Finding]:
    tool = tools.find("dlv")
    if tool.on_path or tool.installed:
        return
    first = wishes.wishes[0]
    yield rule.finding(
        Subject(kind="tool", name="dlv"), evidence=[w.evidence() for w in wishes.wishes], file=first.file, bin=tools.bin
    )


@rule.fix("Install dlv {version}", safety=Safety.SAFE)
def install(finding: Finding, go: GoTool, tools: Tools) -> Mend | None:
    del finding
    version = delve.release_for(go.version)
    argv = ("go", "install", f"github.com/go-delve/delve/cmd/dlv@{version}")
    step = Run(argv=argv, cwd=tools.root, writes=(f"{tools.bin}/dlv",), touches=("tools", "module-cache"))
    return Mend(steps=(step,), parameters={"version": version})


_LAUNCH = '{\n  "configurations": [{"type": "go", "request": "launch"}]\n}\n'
_INSTALL = "go install github.com/go-delve/delve/cmd/dlv@v1.26.0"

rule.catches(
    "launch.json",
    subject="dlv",
    files={".vscode/launch.json": _LAUNCH},
    commands={_INSTALL: Reply(writes={"~/go/bin/dlv": "program"})},
)
rule.catches("Makefile", files={"Makefile": "debug:\n\tdlv debug ./cmd/shop\n"})
rule.passes("installed", files={".vscode/launch.json": _LAUNCH, "~/go/bin/dlv": "program"})
rule.passes("on PATH", files={".vscode/launch.json": _LAUNCH}, programs=("dlv",))
rule.not_applicable("nothing needs dlv", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("go is not on PATH", files={".vscode/launch.json": _LAUNCH}, programs=("!go",))
