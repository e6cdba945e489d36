"""The workspace does not fit its modules.

What it finds     go.work leaves out the module in which the command runs, names a folder without go.mod, or has an older go line than its modules.
Why it hurts      While a go.work is in force, go knows only the modules that it lists; commands in other folders stop.
Example           ``directory prefix . does not contain modules listed in go.work``
After the fix     ``go work use`` has listed the module, or GOWORK=off leaves the workspace aside.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#workspaces; cmd/go, modload.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.project import GoWork
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.modules.symptoms.go import GoSymptoms
from gomend.modules.symptoms.kinds import Kind
from gomend.modules.telling import about_modules

rule = Rule(
    "GM178",
    "go-work",
    severity=Severity.ERROR,
    since="0.1",
    title="go.work does not fit the modules of the workspace",
    message="{detail}",
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms, work: GoWork | Absent | Unknown) -> Iterator[Finding]:
    here = isinstance(work, GoWork)
    evidence = [work.file.evidence(use.line) for use in work.work.uses[:5]] if isinstance(work, GoWork) else []
    confidence = Confidence.HIGH if here else Confidence.MEDIUM
    yield from about_modules(rule, told, Kind.WORK_INCOMPLETE, evidence=evidence, confidence=confidence)


@rule.fix("List the module in go.work, or leave the workspace aside", safety=Safety.MANUAL)
def use(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("go work use .", "GOWORK=off go build ./..."))


rule.catches(
    "a module that is not listed",
    files={"go.work": "go 1.22\n\nuse ./x\n"},
    log="pattern ./...: directory prefix . does not contain modules listed in go.work or their selected dependencies",
)
rule.catches("no such folder", log="go: cannot load module x listed in go.work file: open x/go.mod: no such file or directory")
rule.catches(
    "an older go line",
    log="go: module . listed in go.work file requires go >= 1.25, but go.work lists go 1.21; to update it:\n\tgo work use",
)
rule.passes("no module at all", log="go: go.mod file not found in current directory or any parent directory")
rule.not_applicable("no log was given")
