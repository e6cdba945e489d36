"""There are Go files but no go.mod.

What it finds     The project has Go files, and neither it, nor a folder above or below, has a go.mod.
Why it hurts      ``go build ./...`` and ``go get`` stop; only single files without other modules still run.
Example           ``go: go.mod file not found in current directory or any parent directory``
After the fix     ``go mod init`` has made a module.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The facts are collected again and the rule is silent.
References        go.dev/ref/mod#go-mod-init.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.env import GoEnv
from gomend.golang.facts.project import GoMod, GoWork
from gomend.golang.facts.sources import GoFiles
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM008",
    "module-missing",
    severity=Severity.WARNING,
    since="0.1",
    title="{count} Go files, but no go.mod",
    message=("The project has {count} Go files and belongs to no module."),
    doc=__doc__,
    explains=("GM191",),
)


@rule.check
def check(mod: GoMod | Absent, work: GoWork | Absent, files: GoFiles, env: GoEnv) -> Iterator[Finding]:
    if isinstance(mod, GoMod) or isinstance(work, GoWork) or not files.count or files.nested_modules:
        return
    if env["GO111MODULE"] == "off" or env["GOMOD"] not in {"", "/dev/null", "NUL"}:
        return
    yield rule.finding(
        Subject(kind="file", name=files.first[0], path=files.first[0]),
        evidence=[Evidence(source=files.first[0], quote=", ".join(files.first)), *env.evidence("GOMOD", "GO111MODULE")],
        count=files.count,
    )


@rule.fix("Make a module", safety=Safety.MANUAL)
def init(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("go mod init example.com/NAME", "go mod tidy"))


rule.catches("no go.mod", subject="main.go", files={"main.go": "package main\n"}, go={"GOMOD": "/dev/null"})
rule.passes("a module", files={"go.mod": "module example.com/shop\n", "main.go": "package main\n"})
rule.passes("a module above", files={"main.go": "package main\n"}, go={"GOMOD": "/src/go.mod"})
rule.passes(
    "modules below", files={"main.go": "package main\n", "a/go.mod": "module example.com/a\n"}, go={"GOMOD": "/dev/null"}
)
rule.passes("GOPATH mode", files={"main.go": "package main\n"}, go={"GOMOD": ""}, env={"GO111MODULE": "off"})
rule.undetermined("go is not on PATH", files={"main.go": "package main\n"}, programs=("!go",))
