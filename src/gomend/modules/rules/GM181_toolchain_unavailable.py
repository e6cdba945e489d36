"""The Go toolchain that is asked for cannot be had.

What it finds     go.mod, go.work or GOTOOLCHAIN asks for a toolchain that no server has, that is not on PATH, or whose name is wrong.
Why it hurts      No go command works in the project until the version exists or the request is lowered.
Example           ``go: download go1.99.1 for linux/amd64: toolchain not available``
After the fix     The version exists (and the proxy serves golang.org/toolchain), or ``go get go@… toolchain@none`` lowers the request.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/doc/toolchain; cmd/go, toolchain.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.modules.symptoms.go import GoSymptoms
from gomend.modules.symptoms.kinds import Kind
from gomend.modules.telling import about_modules

rule = Rule(
    "GM181",
    "toolchain-unavailable",
    severity=Severity.ERROR,
    since="0.1",
    title="The Go toolchain that is asked for cannot be had",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.TOOLCHAIN)


@rule.fix("Use the Go that is installed", safety=Safety.MANUAL)
def use_local(finding: Finding) -> Mend | None:
    del finding
    return Mend(
        hints=(
            "go env -w GOTOOLCHAIN=local",
            "go mod edit -toolchain=none",
        )
    )


rule.catches(
    "download", log="go: downloading go1.99.1 (linux/amd64)\ngo: download go1.99.1 for linux/amd64: toolchain not available"
)
rule.catches("PATH", log='go: cannot find "go1.99.1" in PATH')
rule.catches(
    "switching",
    log="go: example.com/newgo@v1.0.0 requires go >= 1.99.0 (running go 1.26.8)\ngo: switching to go >= 1.99.0: module golang.org/toolchain: reading https://goproxy.example.com/golang.org/toolchain/@v/list: 404 Not Found",
)
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
