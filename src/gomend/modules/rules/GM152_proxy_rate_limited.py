"""The module proxy says: too many requests (429).

What it finds     A server of GOPROXY answered 429 Too Many Requests.
Why it hurts      go does not wait and try again; the build stops at the first such answer, often on CI where many jobs share one address.
Example           ``reading https://goproxy.example.com/…/v1.0.0.info: 429 Too Many Requests``
After the fix     The module cache is kept between runs (fewer requests), or ``|`` lets the next server answer.
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
    "GM152",
    "proxy-rate-limited",
    severity=Severity.ERROR,
    since="0.1",
    title="{server} limits the number of requests",
    message=("{server} answered 429 for {target}. go does not try again by itself."),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms, env: GoEnv | Absent | Unknown) -> Iterator[Finding]:
    yield from about_servers(rule, told, env, Kind.PROXY_STATUS, where=lambda s: s.status == 429)


@rule.fix("Let go ask the next entry of GOPROXY", safety=Safety.MANUAL)
def pass_on(finding: Finding, env: GoEnv | Absent | Unknown) -> Mend | None:
    hints = pass_on_hints(env, finding.subject.name)
    return Mend(hints=hints) if hints else None


rule.catches(
    "too many requests",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 429 Too Many Requests",
)
rule.catches(
    "in a build",
    log="go: downloading example.com/a v1.0.0\nmain.go:4:2: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.zip: 429 Too Many Requests",
)
rule.passes(
    "a server error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 502 Bad Gateway",
)
rule.not_applicable("no log was given")
