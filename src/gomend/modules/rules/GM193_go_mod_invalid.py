"""go cannot read go.mod or go.work.

What it finds     A line of go.mod or go.work is no directive that this Go knows.
Why it hurts      No go command works in the project.
Example           ``go: errors parsing go.mod: go.mod:5: unknown directive: requir``
After the fix     The line is right, or a newer Go reads it.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod; cmd/go, modload.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.model.base import Severity
from gomend.model.finding import Finding
from gomend.model.rule import Rule
from gomend.modules.symptoms.go import GoSymptoms
from gomend.modules.symptoms.kinds import Kind
from gomend.modules.telling import about_modules

rule = Rule(
    "GM193",
    "go-mod-untidy",
    severity=Severity.ERROR,
    since="0.1",
    title="go.mod or go.work has a line that go refuses",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.GOMOD_INVALID)


rule.catches("directive", log="go: errors parsing go.mod:\ngo.mod:5: unknown directive: requir")
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
