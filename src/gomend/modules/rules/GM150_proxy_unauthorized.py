"""The module proxy asks who is there (401).

What it finds     go asked a server of GOPROXY for a module and was answered 401 Unauthorized.
Why it hurts      A comma after the server passes on only 404 and 410, so no later entry and no ``direct`` is tried; every build that needs the module stops.
Example           ``reading https://goproxy.example.com/…/v1.0.0.info: 401 Unauthorized``
After the fix     The server gets a login it accepts (netrc, whose ``machine`` equals host and port, or GOAUTH), or a private module is named in GOPRIVATE and never asked of a proxy.
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
from gomend.modules.facts.team import TeamPrivate
from gomend.modules.symptoms.go import GoSymptoms
from gomend.modules.symptoms.kinds import Kind
from gomend.modules.telling import about_servers

rule = Rule(
    "GM150",
    "proxy-unauthorized",
    severity=Severity.ERROR,
    since="0.1",
    title="{server} wants a login for {target}",
    message=(
        "{server} answered {status}: go had no credentials that it accepts. Entries after a comma are not "
        "asked after such an answer."
    ),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms, env: GoEnv | Absent | Unknown) -> Iterator[Finding]:
    yield from about_servers(rule, told, env, Kind.PROXY_STATUS, where=lambda s: s.status in {401, 407})


@rule.fix("Give go a login for {server}", safety=Safety.MANUAL)
def log_in(finding: Finding, team: TeamPrivate | Absent | Unknown) -> Mend | None:
    server = finding.subject.name
    module = finding.title.parameters["target"].partition("@")[0]
    private = (team.pattern_for(module) if isinstance(team, TeamPrivate) else "") or module
    hints = (
        f"echo 'machine {server} login USER password SECRET' >> ~/.netrc && chmod 600 ~/.netrc",
        f"go env -w GOPRIVATE={private}",
    )
    return Mend(hints=hints, parameters={"server": server})


rule.catches(
    "a proxy without login",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 401 Unauthorized",
)
rule.catches(
    "with words of the server",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 401 Unauthorized\n\tserver response: login first",
)
rule.catches(
    "in a CI log",
    log="2025-03-01T10:00:00.1234567Z go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.mod: 401 Unauthorized",
)
rule.passes(
    "forbidden is another matter",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 403 Forbidden",
)
rule.not_applicable("no log was given")
