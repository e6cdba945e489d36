"""The module calls itself by another path.

What it finds     The go.mod of the required module declares a path that differs from the one required.
Why it hurts      A fork or a moved repository keeps its old name; go refuses to use it under the new one.
Example           ``module declares its path as: example.com/old but was required as: example.com/new``
After the fix     The requirement uses the declared path; a fork is used by ``replace declared => fork version``.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#go-mod-file-module; cmd/go, modload.
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
    "GM167",
    "module-path-mismatch",
    severity=Severity.ERROR,
    since="0.1",
    title="{target} declares another module path",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.PATH_MISMATCH)


@rule.fix("Use the fork by replace", safety=Safety.MANUAL)
def replace(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("go mod edit -replace=DECLARED=FORK@VERSION && go mod tidy",))


rule.catches(
    "a fork",
    log="go: example.com/fork@v1.0.0: parsing go.mod:\n\tmodule declares its path as: example.com/orig\n\t        but was required as: example.com/fork",
)
rule.catches(
    "used for two", log="go: example.com/b@v1.0.0 used for two different module paths (example.com/a and example.com/b)"
)
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
