"""The disk is full.

What it finds     Writing to the module cache, the build cache or the temporary folder failed for want of space.
Why it hurts      Every build fails at another place, and files that were cut short may stay behind.
Example           ``write /go/pkg/mod/cache/download/…: no space left on device``
After the fix     There is space on the disk of GOMODCACHE, GOCACHE and TMPDIR.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go help clean; cmd/go, modfetch.
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
    "GM188",
    "cache-no-space",
    severity=Severity.ERROR,
    since="0.1",
    title="No space left on the device",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.NO_SPACE)


@rule.fix("See what is full, and empty the caches", safety=Safety.MANUAL)
def clean(finding: Finding) -> Mend | None:
    del finding
    return Mend(
        hints=(
            "df -h $(go env GOMODCACHE) $(go env GOCACHE) /tmp",
            "go clean -cache",
            "go clean -modcache",
        )
    )


rule.catches(
    "module cache",
    log="go: example.com/a@v1.0.0: write /go/pkg/mod/cache/download/example.com/a/@v/v1.0.0.zip123.tmp: no space left on device",
)
rule.catches("build", log="go: writing output: write /tmp/go-build1/b001/exe/a.out: no space left on device")
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
