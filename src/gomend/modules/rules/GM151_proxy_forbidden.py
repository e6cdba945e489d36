"""The module proxy refuses the module (403).

What it finds     go asked a server of GOPROXY for a module and was answered 403 Forbidden.
Why it hurts      The server knows the request and will not serve it: a licence or safety policy, an unknown path, or a login without rights. A comma does not pass it on.
Example           ``reading https://goproxy.example.com/…/v1.0.0.mod: 403 Forbidden``
After the fix     The server allows the module, or the module is private and named in GOPRIVATE, or ``|`` lets the next server answer.
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
    "GM151",
    "proxy-forbidden",
    severity=Severity.ERROR,
    since="0.1",
    title="{server} refuses to give {target}",
    message=("{server} answered 403 for {url}. A comma in GOPROXY stops there; only ``|`` goes on."),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms, env: GoEnv | Absent | Unknown) -> Iterator[Finding]:
    yield from about_servers(rule, told, env, Kind.PROXY_STATUS, where=lambda s: s.status == 403)


@rule.fix("Let go ask the next entry of GOPROXY", safety=Safety.MANUAL)
def pass_on(finding: Finding, env: GoEnv | Absent | Unknown) -> Mend | None:
    hints = pass_on_hints(env, finding.subject.name)
    return Mend(hints=hints) if hints else None


rule.catches(
    "mod file", log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.mod: 403 Forbidden"
)
rule.catches("a list", log="go: module example.com/a: reading https://goproxy.example.com/example.com/a/@v/list: 403 Forbidden")
rule.catches(
    "there is a next server",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 403 Forbidden",
    goenv={"GOPROXY": "https://goproxy.example.com,https://mirror.example.com"},
)
rule.passes(
    "unauthorized is another matter",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 401 Unauthorized",
)
rule.not_applicable("no log was given")
