"""The checksum database redirects from https to http.

What it finds     A look-up was redirected to plain http, which go refuses: mostly a captive portal or a filter.
Why it hurts      Nothing that go.sum does not know can be fetched until the real database answers.
Example           ``redirected from secure URL https://sum.example.com/… to insecure URL http://…``
After the fix     The real database, or a faithful mirror, answers.
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
    "GM175",
    "sumdb-insecure-redirect",
    severity=Severity.ERROR,
    since="0.1",
    title="The checksum database redirects to plain http",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms, env: GoEnv | Absent | Unknown) -> Iterator[Finding]:
    yield from about_servers(rule, told, env, Kind.SUMDB_REDIRECT)


@rule.fix("Look at the answer", safety=Safety.MANUAL)
def look(finding: Finding) -> Mend | None:
    del finding
    return Mend(
        hints=(
            "curl -i https://SUMDB/latest",
            "go env GOSUMDB GOPROXY HTTPS_PROXY",
        )
    )


rule.catches(
    "login page",
    log='go: example.com/a@v1.0.0: verifying go.mod: Get "http://portal.example.com/login": redirected from secure URL https://sum.example.com/lookup/example.com/a@v1.0.0 to insecure URL http://portal.example.com/login',
)
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
