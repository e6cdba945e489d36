"""The checksum database does not answer in time.

What it finds     The connection to the checksum database timed out.
Why it hurts      The proxy is fine but the database is cut off from here, as behind many firewalls.
Example           ``verifying go.mod: … dial tcp 192.0.2.1:443: i/o timeout``
After the fix     GOSUMDB names a mirror that can be reached, or the proxy serves the database.
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
    "GM176",
    "sumdb-timeout",
    severity=Severity.ERROR,
    since="0.1",
    title="No answer from the checksum database in time",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms, env: GoEnv | Absent | Unknown) -> Iterator[Finding]:
    yield from about_servers(rule, told, env, Kind.SUMDB_TIMEOUT)


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
    "dial",
    log='go: example.com/a@v1.0.0: verifying go.mod: example.com/a@v1.0.0/go.mod: Get "https://sum.example.com/lookup/example.com/a@v1.0.0": dial tcp 192.0.2.1:443: i/o timeout',
)
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
