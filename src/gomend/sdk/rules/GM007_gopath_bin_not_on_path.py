"""Installed Go tools are not on PATH.

What it finds     ``go install`` put a tool into GOBIN (or GOPATH/bin), and that folder is not on PATH.
Why it hurts      The shell says ``command not found`` although the tool was just installed.
Example           ``go install …/dlv`` and then ``dlv: command not found``
After the fix     The folder is on PATH.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The facts are collected again and the rule is silent.
References        go help install.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule
from gomend.sdk.facts.programs import SearchPath, Tools

rule = Rule(
    "GM007",
    "gopath-bin-not-on-path",
    severity=Severity.WARNING,
    since="0.1",
    title="{names}: installed in {bin}, which is not on PATH",
    message=("{bin} has {names}, but PATH does not reach it."),
    doc=__doc__,
)


@rule.check
def check(tools: Tools, path: SearchPath) -> Iterator[Finding]:
    hidden = [t for t in tools.tools if t.installed and not t.on_path]
    if hidden and tools.bin not in path.folders:
        names = ", ".join(t.name for t in hidden)
        yield rule.finding(
            Subject(kind="folder", name=tools.bin),
            evidence=[
                path.evidence(),
                *(Evidence(source=t.installed, quote=f"{t.name} is installed here") for t in hidden[:3]),
            ],
            bin=tools.bin,
            names=names,
        )


@rule.fix("Put {bin} on PATH", safety=Safety.MANUAL)
def extend_path(finding: Finding) -> Mend | None:
    folder = finding.subject.name
    return Mend(
        hints=(f"echo 'export PATH=$PATH:{folder}' >> ~/.profile", f"export PATH=$PATH:{folder}"), parameters={"bin": folder}
    )


rule.catches("dlv in GOPATH/bin", subject="/home/dev/go/bin", files={"~/go/bin/dlv": ""})
rule.catches("GOBIN", files={"/opt/tools/gopls": ""}, env={"GOBIN": "/opt/tools"})
rule.passes("on PATH", files={"~/go/bin/dlv": ""}, programs=("dlv",), env={"PATH": "/usr/bin:/home/dev/go/bin"})
rule.passes("nothing installed", files={})
rule.undetermined("go is not on PATH", programs=("!go",))
