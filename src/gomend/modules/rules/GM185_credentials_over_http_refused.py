"""go refuses to send a password over plain http.

What it finds     GOPROXY has a user and password in a ``http://`` URL.
Why it hurts      Everybody on the way could read the password; go does not even try.
Example           ``refusing to pass credentials to insecure URL: http://u:xxxxx@goproxy.example.com/…``
After the fix     The URL begins with https, and the password lies in netrc.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#goproxy-protocol; cmd/go, modfetch.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.model.base import Severity
from gomend.model.finding import Finding
from gomend.model.rule import Rule
from gomend.modules.symptoms.go import GoSymptoms
from gomend.modules.symptoms.kinds import Kind
from gomend.modules.telling import about_modules

rule = Rule(
    "GM185",
    "credentials-over-http",
    severity=Severity.ERROR,
    since="0.1",
    title="A password would go to {server} over plain http",
    message=("go refused to send the user and password of GOPROXY to {server} over plain http."),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.CREDENTIALS_HTTP)


rule.catches(
    "in GOPROXY",
    log="go: example.com/a@v1.0.0: refusing to pass credentials to insecure URL: http://u:xxxxx@goproxy.example.com/example.com/a/@v/v1.0.0.info",
)
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
