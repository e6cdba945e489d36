"""go.sum lacks an entry that the command needs.

What it finds     go runs with ``-mod=readonly`` (the default) and go.sum has no hash for a module that is needed.
Why it hurts      go.sum was not committed, merged badly, or not copied into the image; every build stops.
Example           ``missing go.sum entry for module providing package example.com/a; to add: go mod download example.com/a``
After the fix     ``go mod tidy`` has written the entries and go.sum is committed.
Fix safety        Safe: go.mod and go.sum change, and undo brings them back.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#go-sum-files; cmd/go, modload.
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
    "GM180",
    "gosum-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="go.sum has no entry for {target}",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.GOSUM_MISSING)


@rule.fix("Run go mod tidy", safety=Safety.SAFE)
def tidy(finding: Finding, mod: GoMod) -> Mend | None:
    del finding
    return Mend(steps=(commands.tidy(mod),))


rule.catches(
    "mod file",
    log="go: example.com/b@v1.0.0: missing go.sum entry for go.mod file; to add it:\n\tgo mod download example.com/b",
)
rule.catches(
    "package",
    log="main.go:3:8: missing go.sum entry for module providing package example.com/a; to add:\n\tgo mod download example.com/a",
)
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
