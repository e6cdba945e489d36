"""The checksum database answers with an error status.

What it finds     The database, or a proxy that says it serves it, answered a look-up with an error status.
Why it hurts      404 and 410 mean that the module is not public: a private module is being asked about. A proxy that answered ``/supported`` is not left for another.
Example           ``reading https://goproxy.example.com/sumdb/sum.example.com/lookup/…: 403 Forbidden``
After the fix     Private modules are named in GOPRIVATE, or the proxy answers ``/supported`` with 404 or passes look-ups on.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#checksum-database; golang.org/x/mod/sumdb.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.modules.symptoms.go import GoSymptoms
from gomend.modules.symptoms.kinds import Kind
from gomend.modules.telling import about_servers

rule = Rule(
    "GM170",
    "sumdb-http-error",
    severity=Severity.ERROR,
    since="0.1",
    title="The checksum database answers {status} for {target}",
    message=(
        "{url} answered {status}. 404 or 410: the module is not public, so name it in GOPRIVATE. Otherwise "
        "the proxy that serves the database fails."
    ),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms, env: GoEnv | Absent | Unknown) -> Iterator[Finding]:
    yield from about_servers(rule, told, env, Kind.SUMDB_STATUS)


@rule.fix("Keep private modules from the checksum database", safety=Safety.MANUAL)
def private(finding: Finding) -> Mend | None:
    del finding
    return Mend(
        hints=(
            "go env -w GOPRIVATE=PATTERN",
            "go env -w GOSUMDB='NAME https://MIRROR.example.com'",
        )
    )


rule.catches(
    "the proxy forbids",
    log="go: example.com/a@v1.0.0: verifying go.mod: example.com/a@v1.0.0/go.mod: reading https://goproxy.example.com/sumdb/sum.example.com/supported: 403 Forbidden",
)
rule.catches(
    "unknown to the database",
    log="go: example.com/a@v1.0.0: verifying go.mod: example.com/a@v1.0.0/go.mod: reading https://sum.example.com/lookup/example.com/a@v1.0.0: 404 Not Found",
)
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
