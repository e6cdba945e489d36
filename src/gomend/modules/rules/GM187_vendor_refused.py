"""go refuses the vendor folder.

What it finds     vendor/modules.txt and go.mod disagree, or a package is missing in vendor.
Why it hurts      With a vendor folder go builds from it alone; every build stops until it is in step.
Example           ``go: inconsistent vendoring in /src: example.com/a@v1.0.0: is explicitly required in go.mod, but not marked as explicit in vendor/modules.txt``
After the fix     ``go mod vendor`` has written the folder anew.
Fix safety        Unsafe: the whole vendor folder is written anew, and with it changes made there by hand; undo brings it back.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#vendoring; cmd/go, modload/vendor.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang import commands
from gomend.golang.facts.project import GoMod
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.modules.symptoms.go import GoSymptoms
from gomend.modules.symptoms.kinds import Kind
from gomend.modules.telling import about_modules

rule = Rule(
    "GM187",
    "vendor-inconsistent",
    severity=Severity.ERROR,
    since="0.1",
    title="The vendor folder is out of step with go.mod",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.VENDOR_INCONSISTENT)


@rule.fix("Run go mod vendor", safety=Safety.UNSAFE)
def vendor(finding: Finding, mod: GoMod) -> Mend | None:
    del finding
    return Mend(steps=(commands.vendor(mod),))


rule.catches(
    "requirement",
    log="go: inconsistent vendoring in /src:\n\texample.com/a@v1.0.0: is explicitly required in go.mod, but not marked as explicit in vendor/modules.txt\n\n\tTo sync the vendor directory, run:\n\t\tgo mod vendor",
)
rule.catches(
    "package",
    log="main.go:3:8: cannot find module providing package example.com/a: import lookup disabled by -mod=vendor\n\t(Go version in go.mod is at least 1.14 and vendor directory exists.)",
)
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
