"""The module proxy redirects in a circle.

What it finds     go followed ten redirects and gave up.
Why it hurts      A login gate or a http-to-https rule sends every request back; nothing is ever served.
Example           ``stopped after 10 redirects``
After the fix     GOPROXY has the final address, with the scheme and path that the server itself uses.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#goproxy-protocol; cmd/go, modfetch.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.modules.symptoms.go import GoSymptoms
from gomend.modules.symptoms.kinds import Kind
from gomend.modules.telling import about_modules

rule = Rule(
    "GM160",
    "redirect-loop",
    severity=Severity.ERROR,
    since="0.1",
    title="{target}: the server redirects for ever",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.REDIRECT_LOOP)


@rule.fix("See where the redirects lead", safety=Safety.MANUAL)
def follow(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("curl -sIL --max-redirs 12 URL | grep -i ^location",))


rule.catches("a circle", log='go: example.com/a@v1.0.0: Get "/example.com/a/@v/v1.0.0.info": stopped after 10 redirects')
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
