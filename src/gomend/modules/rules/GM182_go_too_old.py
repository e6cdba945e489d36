"""The Go in use is older than a module asks for.

What it finds     go said that a module (or go.mod itself) needs a newer Go and did not switch toolchains.
Why it hurts      Nothing that needs the module builds. Before Go 1.21 the message is only that go.mod has a line it does not know.
Example           ``requires go >= 1.99.0 (running go 1.26.8; GOTOOLCHAIN=local)``
After the fix     A newer Go is installed, or GOTOOLCHAIN=auto lets go fetch it, or an older version of the module is required.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/doc/toolchain; cmd/go, gover.
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
    "GM182",
    "go-too-old",
    severity=Severity.ERROR,
    since="0.1",
    title="{target} needs a newer Go",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.GO_TOO_OLD)


@rule.fix("Let go fetch a newer toolchain", safety=Safety.MANUAL)
def newer(finding: Finding) -> Mend | None:
    del finding
    return Mend(
        hints=(
            "go env -w GOTOOLCHAIN=auto",
            "GOTOOLCHAIN=auto go version",
        )
    )


rule.catches("local", log="go: example.com/newgo@v1.0.0 requires go >= 1.99.0 (running go 1.26.8; GOTOOLCHAIN=local)")
rule.catches("go.mod", log="go: go.mod requires go >= 1.99 (running go 1.26.8; GOTOOLCHAIN=local)")
rule.catches("an old go", log="go: errors parsing go.mod:\n/src/go.mod:3: invalid go version '1.22.0': must match format 1.23")
rule.passes(
    "switching failed is another matter",
    log="go: example.com/newgo@v1.0.0 requires go >= 1.99.0 (running go 1.26.8)\ngo: switching to go >= 1.99.0: no releases found for go >= 1.99.0",
)
rule.not_applicable("no log was given")
