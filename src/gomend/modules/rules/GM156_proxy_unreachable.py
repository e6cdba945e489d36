"""The module proxy cannot be reached.

What it finds     A connection to a server of GOPROXY was refused or cut, or its name is not known.
Why it hurts      Nothing can be fetched; with a comma in GOPROXY no later entry is asked.
Example           ``dial tcp: lookup goproxy.example.com: no such host``
After the fix     The name and port in GOPROXY (and HTTPS_PROXY) are right and the server listens, or ``|`` lets the next one answer.
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
    "GM156",
    "proxy-unreachable",
    severity=Severity.ERROR,
    since="0.1",
    title="{server} cannot be reached",
    message=("go could not connect to {server}: {detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms, env: GoEnv | Absent | Unknown) -> Iterator[Finding]:
    yield from about_servers(rule, told, env, Kind.PROXY_UNREACHABLE)


@rule.fix("Let go ask the next entry of GOPROXY", safety=Safety.MANUAL)
def pass_on(finding: Finding, env: GoEnv | Absent | Unknown) -> Mend | None:
    hints = pass_on_hints(env, finding.subject.name)
    return Mend(hints=hints) if hints else None


rule.catches(
    "refused",
    log='go: example.com/a@v1.0.0: Get "https://goproxy.example.com/example.com/a/@v/v1.0.0.info": dial tcp 192.0.2.1:443: connect: connection refused',
)
rule.catches(
    "name unknown",
    log='go: example.com/a@v1.0.0: Get "https://goproxy.example.com/example.com/a/@v/v1.0.0.info": dial tcp: lookup goproxy.example.com on 127.0.0.53:53: no such host',
)
rule.catches("cut", log='go: example.com/a@v1.0.0: Get "https://goproxy.example.com/example.com/a/@v/v1.0.0.info": EOF')
rule.catches(
    "the outgoing proxy refuses",
    log='go: example.com/a@v1.0.0: Get "https://goproxy.example.com/example.com/a/@v/v1.0.0.info": Bad Gateway',
)
rule.passes(
    "a time-out",
    log='go: example.com/a@v1.0.0: Get "https://goproxy.example.com/example.com/a/@v/v1.0.0.info": dial tcp 192.0.2.1:443: i/o timeout',
)
rule.passes("a program's own connection", log="dial tcp 127.0.0.1:5432: connect: connection refused")
rule.not_applicable("no log was given")
