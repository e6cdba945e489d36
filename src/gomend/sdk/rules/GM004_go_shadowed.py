"""PATH has two go commands of different versions.

What it finds     A second go command stands behind the first one on PATH, and its version differs.
Why it hurts      A shell, an editor and CI with another order of PATH build with different versions: ``go version`` surprises.
Example           The distribution's /usr/bin/go before /usr/local/go/bin.
After the fix     The folder of the wanted Go comes first, or the other one is removed.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The facts are collected again and the rule is silent.
References        go.dev/doc/manage-install.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.env import GoTool
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Reply, Rule
from gomend.sdk.facts.programs import OtherGos

rule = Rule(
    "GM004",
    "go-shadowed",
    severity=Severity.INFO,
    since="0.1",
    title="{path} ({version}) is hidden behind {first} ({running})",
    message=("PATH finds {first} ({running}) first; {path} is {version}."),
    doc=__doc__,
)


@rule.check
def check(tool: GoTool, others: OtherGos) -> Iterator[Finding]:
    for other in others.others:
        if other.version != tool.version:
            yield rule.finding(
                Subject(kind="tool", name=other.path),
                evidence=[tool.evidence(), Evidence(source=f"{other.path} version", quote=other.version)],
                path=other.path,
                version=other.version,
                first=tool.path,
                running=tool.version,
            )


@rule.fix("Put the wanted one first", safety=Safety.MANUAL)
def order(finding: Finding) -> Mend | None:
    folder = finding.subject.name.removesuffix("/go")
    return Mend(hints=(f"export PATH={folder}:$PATH",))


_PATH = "/usr/local/go/bin:/opt/go/bin:/usr/bin"
_SAYS = "/opt/go/bin/go version"

rule.catches(
    "another version",
    subject="/opt/go/bin/go",
    files={"/opt/go/bin/go": ""},
    env={"PATH": _PATH},
    commands={_SAYS: Reply(stdout="go version go1.20.1 linux/amd64\n")},
)
rule.passes(
    "the same version",
    files={"/opt/go/bin/go": ""},
    env={"PATH": _PATH},
    commands={_SAYS: Reply(stdout="go version go1.26.8 linux/amd64\n")},
)
rule.not_applicable("there is one go")
rule.undetermined("go is not on PATH", programs=("!go",))
