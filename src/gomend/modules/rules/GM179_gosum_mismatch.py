"""The module is not the one recorded in go.sum.

What it finds     The hash of the module at hand differs from its line in go.sum.
Why it hurts      The tag was moved, a proxy or cache serves other bits, or go.sum was edited or merged wrongly. go stops, and should.
Example           ``verifying example.com/a@v1.0.0: checksum mismatch … downloaded: h1:… go.sum: h1:…``
After the fix     It is known which of the two is right (the checksum database says), and the other is replaced.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#go-sum-files; cmd/go, modfetch.
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
    "GM179",
    "gosum-mismatch",
    severity=Severity.ERROR,
    since="0.1",
    title="{target} is not what go.sum recorded",
    message=(
        "The bits of {target} differ from go.sum. Find out which is right before anything else: fetch it once"
        " into an empty cache with an empty go.sum, so that the checksum database decides."
    ),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.GOSUM_MISMATCH)


@rule.fix("Ask the checksum database who is right", safety=Safety.MANUAL)
def who_is_right(finding: Finding) -> Mend | None:
    del finding
    return Mend(
        hints=(
            "cd $(mktemp -d) && go mod init x && GOMODCACHE=$PWD/c GONOSUMDB= GOPRIVATE= go mod download -json MODULE@VERSION",
        )
    )


rule.catches(
    "zip",
    log="verifying example.com/a@v1.0.0: checksum mismatch\n\tdownloaded: h1:i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI=\n\tgo.sum:     h1:AAAADFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI=\n\nSECURITY ERROR",
)
rule.catches(
    "in CI",
    log="#12 3.210 verifying example.com/a@v1.0.0: checksum mismatch\n#12 3.211 \tdownloaded: h1:i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI=\n#12 3.211 \tgo.sum:     h1:AAAADFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI=\n#12 3.211 \n#12 3.211 SECURITY ERROR",
)
rule.passes(
    "the database differs",
    log="go: example.com/a@v1.0.0: verifying go.mod: checksum mismatch\n\tdownloaded: h1:DhNAN5ESgofBjUyC9S2g6VCJUhcIDhtNzG+3JuOOhyg=\n\tsum.example.com: h1:3Mz1wF6P4FA+BHKOt/heWdt1U17EALz5/4zkQfKQnAY=\n\nSECURITY ERROR",
)
rule.not_applicable("no log was given")
