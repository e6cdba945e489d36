"""A query needs the network, but go works from vendor.

What it finds     A command asked for versions or modules that vendor/modules.txt cannot know, while ``-mod=vendor`` is in force.
Why it hurts      The command stops; tools that list modules or updates often do this.
Example           ``cannot query module due to -mod=vendor``
After the fix     The query runs with ``-mod=readonly`` or ``-mod=mod``.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#vendoring.
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
    "GM190",
    "vendor-query",
    severity=Severity.ERROR,
    since="0.1",
    title="{target} cannot be queried while go works from vendor",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.VENDOR_QUERY)


@rule.fix("Run the query without vendor", safety=Safety.MANUAL)
def mod(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("go list -mod=readonly -m -versions MODULE",))


rule.catches(
    "versions",
    log="go: example.com/a@latest: cannot query module due to -mod=vendor\n\t(Go version in go.mod is at least 1.14 and vendor directory exists.)",
)
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
