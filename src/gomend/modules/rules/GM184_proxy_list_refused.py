"""go refuses the value of GOPROXY.

What it finds     One entry of GOPROXY is no URL of http, https or file, or the list is empty.
Why it hurts      One bad entry spoils the whole list: nothing can be fetched.
Example           ``invalid proxy URL scheme (must be https, http, file): ftp://x.example.com``
After the fix     Every entry is a URL, ``direct`` or ``off``.
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
    "GM184",
    "proxy-list-invalid",
    severity=Severity.ERROR,
    since="0.1",
    title="go cannot use GOPROXY",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.PROXY_LIST)


@rule.fix("Go back to the default", safety=Safety.MANUAL)
def unset(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("go env -u GOPROXY",))


rule.catches(
    "scheme", log="go: example.com/a@v1.0.0: invalid proxy URL scheme (must be https, http, file): ftp://x.example.com"
)
rule.catches("empty", log="go: example.com/a@v1.0.0: GOPROXY list is not the empty string, but contains no entries")
rule.catches("no URL", log="go: example.com/a@v1.0.0: parse \"https://[::1\": missing ']' in host")
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
