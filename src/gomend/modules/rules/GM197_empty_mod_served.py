"""The go.mod that was downloaded is empty.

What it finds     The hash that go calls ``downloaded`` is that of an empty go.mod.
Why it hurts      No module has an empty go.mod: a server or cache answered nothing with status 200. go.sum is most likely right.
Example           ``downloaded: h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=``
After the fix     The server's stored .mod file is renewed, and the empty one is removed from the cache.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#checksum-database; golang.org/x/mod/sumdb.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.dirhash import EMPTY_MOD
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.modules.symptoms.go import GoSymptoms
from gomend.modules.symptoms.kinds import Kind
from gomend.modules.telling import about_modules

rule = Rule(
    "GM197",
    "proxy-bad-response",
    severity=Severity.INFO,
    since="0.1",
    title="The go.mod of {target} that came is empty",
    message=("The downloaded hash is that of an empty file, so the server or the cache gave nothing; do not change go.sum."),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(
        rule, told, Kind.GOSUM_MISMATCH, Kind.SUMDB_MISMATCH, where=lambda s: EMPTY_MOD in s.evidence.quote
    )


@rule.fix("Fetch the file again", safety=Safety.MANUAL)
def again(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=('rm "$(go env GOMODCACHE)/cache/download/MODULE/@v/VERSION.mod" && go mod download MODULE@VERSION',))


rule.catches(
    "empty",
    log="verifying example.com/a@v1.0.0/go.mod: checksum mismatch\n\tdownloaded: h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=\n\tgo.sum:     h1:9HkJ1BDW7Pj1EGq5E8k4qDGBJmZ7r9WUE7Ac4v4+2WA=",
)
rule.passes(
    "other bits",
    log="verifying example.com/a@v1.0.0: checksum mismatch\n\tdownloaded: h1:i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI=\n\tgo.sum:     h1:AAAADFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI=\n\nSECURITY ERROR",
)
rule.not_applicable("no log was given")
