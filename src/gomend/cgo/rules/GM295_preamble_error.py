"""The C code of a preamble or file does not compile.

What it finds     A log has a C compiler's ``error:`` at a Go, C or header file, beyond what other rules name.
Why it hurts      The C code itself is at fault, or a header changed.
Example           ``./main.go:5:1: error: expected ';' before '}' token``.
After the fix     The C code compiles.
Fix safety        Manual: the code is a person's own.
How it is proved  The command is run again and no longer says so.
References        pkg.go.dev/cmd/cgo.
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
    "GM295",
    "preamble-error",
    severity=Severity.ERROR,
    since="0.1",
    title="The C code in {where} does not compile",
    message="The C compiler says of {where}: {said}.",
    doc=__doc__,
    explains=("GM284",),
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.C_SYNTAX):
        yield rule.finding(
            Subject(kind="file", name=symptom.path or "preamble"),
            evidence=[log.evidence(symptom.line, more=1)],
            confidence=uses_cgo(packages),
            where=symptom.path or "cgo",
            said=symptom.detail,
        )


@rule.fix("Look at the C code", safety=Safety.MANUAL)
def look(finding: Finding) -> Mend | None:
    return Mend(hints=(f"go build -x ./... 2>&1 | grep {finding.subject.name}",))


rule.catches(
    "a preamble", subject="./main.go", files=worlds.cgo_project(), log="./main.go:5:1: error: expected ';' before '}' token\n"
)
rule.catches("a type", log="add.c:2:1: error: unknown type name 'foo_t'\n")
rule.passes("a Go error", log="./main.go:5:1: expected declaration, found foo\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
