"""The download is not what the checksum database recorded.

What it finds     The hash of the downloaded module differs from the one in the checksum database, or the database's answer lacks it.
Why it hurts      Somebody serves other bits under a known version: a moved tag, a damaged proxy store, or an attack. Never switch the check off to get on.
Example           ``verifying module: checksum mismatch … downloaded: h1:… sum.example.com: h1:…``
After the fix     The proxy serves the recorded bits, or the author publishes a new version.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#checksum-database; golang.org/x/mod/sumdb.
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
    "GM171",
    "sumdb-mismatch",
    severity=Severity.ERROR,
    since="0.1",
    title="{target} is not what the checksum database knows",
    message=(
        "What was downloaded for {target} differs from the public record. Ask another server for the same "
        "version and compare; do not use this copy."
    ),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.SUMDB_MISMATCH)


@rule.fix("Compare with another server", safety=Safety.MANUAL)
def compare(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("GOPROXY=https://OTHER.example.com GOMODCACHE=$(mktemp -d) go mod download -json MODULE@VERSION",))


rule.catches(
    "other bits",
    log="go: example.com/a@v1.0.0: verifying go.mod: checksum mismatch\n\tdownloaded: h1:DhNAN5ESgofBjUyC9S2g6VCJUhcIDhtNzG+3JuOOhyg=\n\tsum.example.com: h1:3Mz1wF6P4FA+BHKOt/heWdt1U17EALz5/4zkQfKQnAY=\n\nSECURITY ERROR",
)
rule.catches(
    "missing in the answer",
    log="go: example.com/a@v1.0.0: verifying module: checksum missing from sumdb response\n\nSECURITY ERROR",
)
rule.passes(
    "go.sum differs",
    log="verifying example.com/a@v1.0.0: checksum mismatch\n\tdownloaded: h1:i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI=\n\tgo.sum:     h1:AAAADFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI=\n\nSECURITY ERROR",
)
rule.not_applicable("no log was given")
