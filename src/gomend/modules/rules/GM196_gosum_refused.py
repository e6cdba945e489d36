"""go cannot read go.sum.

What it finds     A line of go.sum does not have three words, mostly a left-over of a merge.
Why it hurts      No go command that needs modules works.
Example           ``malformed go.sum: /src/go.sum:3: wrong number of fields 1``
After the fix     The line is gone and ``go mod tidy`` has added what was lost.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#go-sum-files; cmd/go, modfetch.
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
    "GM196",
    "gosum-mismatch",
    severity=Severity.ERROR,
    since="0.1",
    title="go.sum has a line that go refuses",
    message=("go stopped at a line of go.sum that has not three words. Remove merge markers and run go mod tidy."),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.GOSUM_MALFORMED)


rule.catches("merge", log="malformed go.sum:\n/src/go.sum:3: wrong number of fields 1")
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
