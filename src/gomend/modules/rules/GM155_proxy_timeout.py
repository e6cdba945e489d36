"""The module proxy did not answer in time.

What it finds     The connection to a server of GOPROXY timed out.
Why it hurts      Time-outs come from the network (a firewall that drops packets, a proxy in between): go itself has no limit for an answer and would wait for ever. A comma does not pass them on.
Example           ``dial tcp 192.0.2.1:443: i/o timeout``
After the fix     GOPROXY names a server that can be reached from here, or ``|`` lets the next one answer.
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
    "GM155",
    "proxy-timeout",
    severity=Severity.ERROR,
    since="0.1",
    title="No answer from {server} in time",
    message=("go could not reach {server} in time ({detail}). A comma in GOPROXY does not pass a time-out on; ``|`` does."),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms, env: GoEnv | Absent | Unknown) -> Iterator[Finding]:
    yield from about_servers(rule, told, env, Kind.PROXY_TIMEOUT)


@rule.fix("Let go ask the next entry of GOPROXY", safety=Safety.MANUAL)
def pass_on(finding: Finding, env: GoEnv | Absent | Unknown) -> Mend | None:
    hints = pass_on_hints(env, finding.subject.name)
    return Mend(hints=hints) if hints else None


rule.catches(
    "dial",
    log='go: example.com/a@v1.0.0: Get "https://goproxy.example.com/example.com/a/@v/v1.0.0.info": dial tcp 192.0.2.1:443: i/o timeout',
)
rule.catches(
    "handshake",
    log='go: example.com/a@v1.0.0: Get "https://goproxy.example.com/example.com/a/@v/v1.0.0.info": net/http: TLS handshake timeout',
)
rule.catches(
    "connection timed out",
    log='go: example.com/a@v1.0.0: Get "https://goproxy.example.com/example.com/a/@v/v1.0.0.info": dial tcp 192.0.2.1:443: connect: connection timed out',
)
rule.passes(
    "refused is no time-out",
    log='go: example.com/a@v1.0.0: Get "https://goproxy.example.com/example.com/a/@v/v1.0.0.info": dial tcp 192.0.2.1:443: connect: connection refused',
)
rule.passes(
    "a program's own time-out", log='2025/01/01 10:00:00 Get "https://api.example.com/v1": dial tcp 192.0.2.1:443: i/o timeout'
)
rule.not_applicable("no log was given")
