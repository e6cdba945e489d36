"""go refuses the value of GOSUMDB.

What it finds     GOSUMDB is neither a known name nor a verifier key, or has too many words.
Why it hurts      Nothing that go.sum does not know can be fetched.
Example           ``invalid GOSUMDB: too many fields``
After the fix     GOSUMDB is unset (the default) or ``KEY`` or ``KEY URL``.
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
    "GM177",
    "sumdb-config-invalid",
    severity=Severity.ERROR,
    since="0.1",
    title="go cannot use GOSUMDB",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.SUMDB_CONFIG)


@rule.fix("Go back to the default", safety=Safety.MANUAL)
def unset(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("go env -u GOSUMDB",))


rule.catches("too many words", log="go: example.com/a@v1.0.0: verifying go.mod: invalid GOSUMDB: too many fields")
rule.catches("bad key", log="go: example.com/a@v1.0.0: verifying go.mod: invalid GOSUMDB: malformed verifier id")
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
