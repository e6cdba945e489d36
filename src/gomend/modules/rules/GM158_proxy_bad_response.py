"""The module proxy's answer is not what it should be.

What it finds     The .info is no JSON, names another version, or the answer broke off.
Why it hurts      Often a login page or an error page with status 200: the address is no module proxy, or its storage is damaged.
Example           ``invalid response from proxy "https://goproxy.example.com": unexpected end of JSON input``
After the fix     GOPROXY names the address of the Go repository, or the server's stored copy of the version is renewed.
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
from gomend.modules.telling import about_servers

rule = Rule(
    "GM158",
    "proxy-bad-response",
    severity=Severity.ERROR,
    since="0.1",
    title="{server} gives an answer that go cannot read",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms, env: GoEnv | Absent | Unknown) -> Iterator[Finding]:
    yield from about_servers(rule, told, env, Kind.PROXY_BAD_RESPONSE)


@rule.fix("Look at the answer", safety=Safety.MANUAL)
def look(finding: Finding) -> Mend | None:
    return Mend(hints=(f"curl -i https://{finding.subject.name}/MODULE/@v/VERSION.info",))


rule.catches(
    "no JSON",
    log='go: example.com/a@v1.0.0: invalid response from proxy "https://goproxy.example.com": unexpected end of JSON input',
)
rule.catches(
    "another version", log="go: example.com/a@v1.0.0: proxy returned info for version v1.2.0 instead of requested version"
)
rule.passes("a damaged zip", log="go: zip: not a valid zip file")
rule.not_applicable("no log was given")
