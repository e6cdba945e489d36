"""A shell or a program did not find the go command.

What it finds     The log says that ``go`` is not found.
Why it hurts      Nothing of the build has run; on CI and in images it is mostly a PATH that another user or shell has.
Example           ``/bin/sh: 1: go: not found``
After the fix     Go is installed there, and the folder of go is on the PATH of that user.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and finds go.
References        go.dev/doc/install.
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
    "GM199",
    "go-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="The go command was not found",
    message="{detail}",
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.GO_MISSING)


@rule.fix("Put go on PATH where the command runs", safety=Safety.MANUAL)
def reach_it(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("export PATH=$PATH:/usr/local/go/bin", "command -v go"))


rule.catches("sh", log="/bin/sh: 1: go: not found")
rule.catches("bash", log="build.sh: line 3: go: command not found")
rule.catches("a program", log='make: exec: "go": executable file not found in $PATH')
rule.passes("a module is not found", log="go: example.com/a@v1.0.0: invalid version: unknown revision v1.0.0")
rule.not_applicable("no log was given")
