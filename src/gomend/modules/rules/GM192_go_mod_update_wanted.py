"""go.mod would have to change, but go may not change it.

What it finds     The requirements of go.mod do not fit what the packages import, and ``-mod=readonly`` or vendor forbids go to write.
Why it hurts      The build stops, typically on CI after a change without ``go mod tidy``.
Example           ``go: updates to go.mod needed; to update it: go mod tidy``
After the fix     ``go mod tidy`` has brought go.mod and go.sum up to date.
Fix safety        Safe: go.mod and go.sum change, and undo brings them back.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod; cmd/go, modload.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang import commands
from gomend.golang.facts.project import GoMod
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.modules.symptoms.go import GoSymptoms
from gomend.modules.symptoms.kinds import Kind
from gomend.modules.telling import about_modules

rule = Rule(
    "GM192",
    "go-mod-untidy",
    severity=Severity.ERROR,
    since="0.1",
    title="go.mod needs an update",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.GOMOD_UNTIDY)


@rule.fix("Run go mod tidy", safety=Safety.SAFE)
def tidy(finding: Finding, mod: GoMod) -> Mend | None:
    del finding
    return Mend(steps=(commands.tidy(mod),))


rule.catches("readonly", log="go: updates to go.mod needed, disabled by -mod=readonly; to update it:\n\tgo mod tidy")
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
