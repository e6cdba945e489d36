"""The version (or the module) does not exist where go asked.

What it finds     Every server of GOPROXY said 404 or 410, or the repository has no such tag, branch or commit.
Why it hurts      A tag that was never pushed, a deleted branch, a private module asked of a public proxy, and a typing error all look the same.
Example           ``reading https://goproxy.example.com/…/v1.0.0.info: 404 Not Found``, ``unknown revision v1.0.0``
After the fix     go.mod names a version that exists, the tag is pushed, or a private module is named in GOPRIVATE.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#version-queries; cmd/go, modfetch.
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
    "GM165",
    "version-unknown",
    severity=Severity.ERROR,
    since="0.1",
    title="{target} was not found",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.VERSION_UNKNOWN)
    yield from about_modules(rule, told, Kind.PROXY_STATUS, where=lambda s: s.status in {404, 410} and s.wanted != "zip")


@rule.fix("See which versions exist", safety=Safety.MANUAL)
def see_versions(finding: Finding) -> Mend | None:
    module = finding.subject.name.partition("@")[0]
    return Mend(hints=(f"go list -m -versions {module}", f"go env -w GOPRIVATE={module}"))


rule.catches(
    "404", log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found"
)
rule.catches("revision", log="go: example.com/a@v1.9.9: invalid version: unknown revision v1.9.9")
rule.catches("query", log='go: example.com/a@v3: no matching versions for query "v3"')
rule.passes(
    "forbidden is another matter",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 403 Forbidden",
)
rule.not_applicable("no log was given")
