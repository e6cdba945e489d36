"""The module proxy answers with an unusual status.

What it finds     A server of GOPROXY answered with a status that is neither a success nor one that go can explain (a redirect without a target, 400, 451…).
Why it hurts      Most often the address is no module proxy: a login page, a repository of another format, a missing path such as ``/repository/go``.
Example           ``reading https://goproxy.example.com/…/v1.0.0.info: 301 Moved Permanently``
After the fix     GOPROXY has the address that the server's manual gives for Go modules.
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
    "GM154",
    "proxy-http-error",
    severity=Severity.ERROR,
    since="0.1",
    title="{server} answers {status}, which is no answer of a module proxy",
    message=("{url} gave {status}. Check that GOPROXY has the full address of a Go module proxy."),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms, env: GoEnv | Absent | Unknown) -> Iterator[Finding]:
    yield from about_servers(
        rule, told, env, Kind.PROXY_STATUS, where=lambda s: s.status < 500 and s.status not in {401, 403, 404, 407, 410, 429}
    )


rule.catches(
    "redirect without a target",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 301 Moved Permanently",
)
rule.catches(
    "bad request",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 400 Bad Request",
)
rule.passes(
    "a server error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 500 Internal Server Error",
)
rule.not_applicable("no log was given")
