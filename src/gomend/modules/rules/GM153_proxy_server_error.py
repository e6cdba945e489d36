"""The module proxy itself fails (5xx).

What it finds     A server of GOPROXY answered with a status from 500 on.
Why it hurts      The fault is the server's, or of what stands before it; with a comma in GOPROXY no later entry is asked.
Example           ``reading https://goproxy.example.com/…/v1.0.0.info: 502 Bad Gateway``
After the fix     The server is well again, or ``|`` lets the next one answer.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#goproxy-protocol; cmd/go, modfetch.
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
from gomend.modules.telling import about_servers, pass_on_hints

rule = Rule(
    "GM153",
    "proxy-server-error",
    severity=Severity.ERROR,
    since="0.1",
    title="{server} fails with {status}",
    message=(
        "{server} answered {status} for {target}: the server, or what stands before it, is broken. A comma in"
        " GOPROXY does not pass that on."
    ),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms, env: GoEnv | Absent | Unknown) -> Iterator[Finding]:
    yield from about_servers(rule, told, env, Kind.PROXY_STATUS, where=lambda s: s.status >= 500 and s.wanted != "zip")


@rule.fix("Let go ask the next entry of GOPROXY", safety=Safety.MANUAL)
def pass_on(finding: Finding, env: GoEnv | Absent | Unknown) -> Mend | None:
    hints = pass_on_hints(env, finding.subject.name)
    return Mend(hints=hints) if hints else None


rule.catches(
    "bad gateway",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 502 Bad Gateway",
)
rule.catches(
    "list of versions",
    log="go: module example.com/a: reading https://goproxy.example.com/example.com/a/@v/list: 500 Internal Server Error",
)
rule.catches(
    "there is a next entry",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 503 Service Unavailable",
    goenv={"GOPROXY": "https://goproxy.example.com,direct"},
)
rule.passes(
    "not found is no server error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
