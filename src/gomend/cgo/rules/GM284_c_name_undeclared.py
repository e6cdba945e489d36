"""A name behind ``C.`` is not declared in the preamble.

What it finds     A log says ``could not determine what C.name refers to``.
Why it hurts      The preamble does not include the header that declares it, the name is a macro with parameters, or it is spelled otherwise.
Example           ``./main.go:9:16: could not determine what C.foo refers to``.
After the fix     The preamble includes the header, or declares the name, directly above ``import "C"`` without a blank line.
Fix safety        Manual: the code is a person's own.
How it is proved  The command is run again and no longer says so.
References        pkg.go.dev/cmd/cgo; go.dev/wiki/cgo.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.judging import uses_cgo
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM284",
    "c-name-undeclared",
    severity=Severity.ERROR,
    since="0.1",
    title="C.{name} is not declared in the preamble",
    message="cgo found no declaration of {name} in the preamble of {where}.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.C_NAME_UNKNOWN):
        yield rule.finding(
            Subject(kind="name", name=symptom.name),
            evidence=[log.evidence(symptom.line)],
            confidence=uses_cgo(packages),
            name=symptom.name,
            where=symptom.path or "*.go",
        )


@rule.fix("Declare {name} in the preamble", safety=Safety.MANUAL)
def declare(finding: Finding) -> Mend | None:
    name = finding.subject.name
    return Mend(
        hints=(
            f"# grep -rnw {name} /usr/include | head   # which header has it",
            '# no blank line between the comment and import "C"',
        ),
        parameters={"name": name},
    )


_LOG = "./main.go:9:16: could not determine what C.foo refers to\n"

rule.catches("a function", subject="foo", files=worlds.cgo_project(), log=_LOG)
rule.catches("an older form of the message", subject="foo", log="could not determine kind of name for C.foo\n")
rule.passes("a Go name", log="./main.go:9:16: undefined: foo\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
