"""The module proxy redirects from https to http.

What it finds     A request to an https server was redirected to plain http, which go refuses.
Why it hurts      Anybody between here and there could change the module; go stops rather than follow.
Example           ``redirected from secure URL https://… to insecure URL http://…``
After the fix     The server redirects to https (X-Forwarded-Proto behind a gateway), or GOPROXY names its final https address.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#goproxy-protocol; cmd/go, modfetch.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.env import GoEnv
from gomend.model.base import Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Rule
from gomend.modules.symptoms.go import GoSymptoms
from gomend.modules.symptoms.kinds import Kind
from gomend.modules.telling import about_servers

rule = Rule(
    "GM161",
    "insecure-redirect",
    severity=Severity.ERROR,
    since="0.1",
    title="{target}: redirected from https to http",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms, env: GoEnv | Absent | Unknown) -> Iterator[Finding]:
    yield from about_servers(rule, told, env, Kind.REDIRECT_INSECURE)


rule.catches(
    "to plain http",
    log='go: example.com/a@v1.0.0: Get "http://store.example.com/example.com/a/@v/v1.0.0.info": redirected from secure URL https://goproxy.example.com/example.com/a/@v/v1.0.0.info to insecure URL http://store.example.com/example.com/a/@v/v1.0.0.info',
)
rule.passes(
    "the checksum database is another matter",
    log='go: example.com/a@v1.0.0: verifying go.mod: Get "http://x.example.com/login": redirected from secure URL https://sum.example.com/lookup/example.com/a@v1.0.0 to insecure URL http://x.example.com/login',
)
rule.not_applicable("no log was given")
