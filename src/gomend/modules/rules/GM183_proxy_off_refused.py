"""GOPROXY=off kept go from fetching a module.

What it finds     go needed a module that is not in the cache while GOPROXY is (or ends in) ``off``.
Why it hurts      ``off`` forbids servers and version control alike; only what is in the cache (or GONOPROXY) remains.
Example           ``module lookup disabled by GOPROXY=off``
After the fix     GOPROXY names a server again, or the cache is filled beforehand with ``go mod download``.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#goproxy-protocol; cmd/go, modfetch.
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
    "GM183",
    "proxy-off",
    severity=Severity.ERROR,
    since="0.1",
    title="{target} may not be fetched: GOPROXY=off",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.PROXY_OFF)


@rule.fix("Allow fetching again", safety=Safety.MANUAL)
def on(finding: Finding) -> Mend | None:
    del finding
    return Mend(
        hints=(
            "go env -u GOPROXY",
            "unset GOPROXY",
        )
    )


rule.catches("download", log="go: example.com/a@v1.0.0: module lookup disabled by GOPROXY=off")
rule.catches(
    "import", log="main.go:3:8: cannot find module providing package example.com/a: module lookup disabled by GOPROXY=off"
)
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
