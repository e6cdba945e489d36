"""There is no go command on PATH.

What it finds     The project has Go code, and no folder of PATH has a program ``go``.
Why it hurts      Nothing can be built; editors and gopls say the same in other words.
Example           Go is unpacked to /usr/local/go, and the shell's profile was never changed.
After the fix     The folder of go is on PATH, or Go is installed.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The facts are collected again and the rule is silent.
References        go.dev/doc/install.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.project import GoMod
from gomend.golang.facts.sources import GoFiles
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule
from gomend.sdk.facts.programs import SearchPath

rule = Rule(
    "GM001",
    "go-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="go is not on PATH",
    message=("No folder of PATH has a go command. Found elsewhere: {what}."),
    doc=__doc__,
)


@rule.check
def check(path: SearchPath, mod: GoMod | Absent | Unknown, files: GoFiles) -> Iterator[Finding]:
    if path.go or (not isinstance(mod, GoMod) and not files.count):
        return
    yield rule.finding(
        Subject(kind="tool", name="go"),
        evidence=[path.evidence()],
        what=", ".join(path.elsewhere) or "-",
    )


@rule.fix("Put go on PATH", safety=Safety.MANUAL)
def reach_it(finding: Finding, path: SearchPath) -> Mend | None:
    del finding
    if path.elsewhere:
        folder = path.elsewhere[0].removesuffix("/go")
        return Mend(hints=(f"export PATH=$PATH:{folder}",))
    return Mend(hints=("Install Go as go.dev/doc/install says", "export PATH=$PATH:/usr/local/go/bin"))


rule.catches("not installed", subject="go", files={"go.mod": "module example.com/shop\n"}, programs=("!go",))
rule.catches("installed beside PATH", files={"main.go": "package main\n", "/usr/lib/go/bin/go": ""}, programs=("!go",))
rule.passes("on PATH", files={"go.mod": "module example.com/shop\n"})
rule.passes("no Go project", files={"README.md": "hello\n"}, programs=("!go",))
rule.undetermined("the folder cannot be read", without={"GoFiles": Unknown(reason="not readable")})
