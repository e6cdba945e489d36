"""The module path and the major version do not belong together.

What it finds     A version v2 or higher was asked for under a path without ``/v2``, or the other way round.
Why it hurts      From v2 on the major version is part of the module path; go refuses the pair.
Example           ``require example.com/a: version "v2.0.0" invalid: should be v0 or v1, not v2``
After the fix     Requirement and imports name ``example.com/a/v2``, or a v0/v1 version.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#major-version-suffixes.
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
    "GM166",
    "major-version-suffix",
    severity=Severity.ERROR,
    since="0.1",
    title="{target}: the path lacks its major version",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.MAJOR_SUFFIX)


@rule.fix("Ask for the path with its suffix", safety=Safety.MANUAL)
def with_suffix(finding: Finding) -> Mend | None:
    path, _, version = finding.subject.name.partition("@")
    major = version.split(".")[0] if version[:1] == "v" and version[1:2].isdigit() else "v2"
    return Mend(hints=(f"go get {path}/{major}@{version or 'latest'}",))


rule.catches(
    "no suffix",
    log='go: example.com/a@v2.0.0: invalid version: module contains a go.mod file, so module path must match major version ("example.com/a/v2")',
)
rule.catches(
    "in go.mod",
    log='go: errors parsing go.mod:\ngo.mod:5:2: require example.com/a: version "v2.0.0" invalid: should be v0 or v1, not v2',
)
rule.catches(
    "incompatible",
    log="go: example.com/a@v2.0.0+incompatible: invalid version: +incompatible suffix not allowed: module contains a go.mod file, so semantic import versioning is required",
)
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
