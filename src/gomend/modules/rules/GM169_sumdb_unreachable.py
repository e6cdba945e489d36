"""The checksum database cannot be reached.

What it finds     go fetched a module that go.sum does not have yet and could not ask the checksum database about it.
Why it hurts      The proxy answered, so the network seems fine; but unless the proxy also serves ``/sumdb/``, go asks the database itself.
Example           ``verifying go.mod: … Get "https://sum.example.com/lookup/…": connection refused``
After the fix     GOSUMDB names a mirror that can be reached, the proxy serves the database, or private modules are named in GOPRIVATE.
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
    "GM169",
    "sumdb-unreachable",
    severity=Severity.ERROR,
    since="0.1",
    title="The checksum database cannot be reached for {target}",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms, env: GoEnv | Absent | Unknown) -> Iterator[Finding]:
    yield from about_servers(rule, told, env, Kind.SUMDB_UNREACHABLE)


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
    "refused",
    log='go: example.com/a@v1.0.0: verifying go.mod: example.com/a@v1.0.0/go.mod: Get "https://sum.example.com/lookup/example.com/a@v1.0.0": dial tcp 192.0.2.1:443: connect: connection refused',
)
rule.catches(
    "name unknown",
    log='go: example.com/a@v1.0.0: verifying go.mod: example.com/a@v1.0.0/go.mod: Get "https://sum.example.com/lookup/example.com/a@v1.0.0": dial tcp: lookup sum.example.com: no such host',
)
rule.catches(
    "tls",
    log='go: example.com/a@v1.0.0: verifying go.mod: example.com/a@v1.0.0/go.mod: Get "https://sum.example.com/lookup/example.com/a@v1.0.0": tls: failed to verify certificate: x509: certificate signed by unknown authority',
)
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
