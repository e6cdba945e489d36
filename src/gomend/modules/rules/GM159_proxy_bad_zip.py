"""The module's zip is damaged, foreign or missing on the server.

What it finds     The zip that go received is no zip or has files of another module, or the server fails for the zip although it served the version's .info and .mod.
Why it hurts      A bad zip is never passed on to the next server, not even with ``|``.
Example           ``go: zip: not a valid zip file``
After the fix     The server's stored copy is renewed, or another server is asked; what the cache kept of it is fetched again.
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
from gomend.modules.telling import about_modules

rule = Rule(
    "GM159",
    "proxy-bad-zip",
    severity=Severity.ERROR,
    since="0.1",
    title="{target}: the zip is damaged or cannot be had",
    message=("{detail}. Remove the version from the server's store (or ask another server) and fetch it again."),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms, env: GoEnv | Absent | Unknown) -> Iterator[Finding]:
    del env
    yield from about_modules(rule, told, Kind.PROXY_BAD_ZIP)
    # A server that has .info and .mod of a version but not its zip has a damaged store, whatever status it hides that behind.
    yield from about_modules(
        rule, told, Kind.PROXY_STATUS, where=lambda s: s.wanted == "zip" and (s.status >= 500 or s.status in {404, 410})
    )


@rule.fix("Ask another server once", safety=Safety.MANUAL)
def ask_another(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("GOPROXY=https://OTHER.example.com go mod download",))


rule.catches("not a zip", log="go: downloading example.com/a v1.0.0\ngo: zip: not a valid zip file")
rule.catches("foreign file", log="go: example.com/a@v1.0.0: zip for example.com/a@v1.0.0 has unexpected file evil.txt")
rule.catches(
    "the server fails for the zip only",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.zip: 500 Internal Server Error",
)
rule.passes(
    "the server fails altogether",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 500 Internal Server Error",
)
rule.not_applicable("no log was given")
