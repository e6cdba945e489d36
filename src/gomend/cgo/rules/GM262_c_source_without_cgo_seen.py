"""go refused C files in a package that does not use cgo.

What it finds     A log says ``C source files not allowed when not using cgo or SWIG``.
Why it hurts      go does not build the package.
Example           ``C source files not allowed when not using cgo or SWIG: add.c``.
After the fix     A Go file of the package imports "C", or the C files are kept out of it.
Fix safety        Manual: only a person knows whether the C files belong to the program.
How it is proved  The command is run again and no longer says so.
References        cmd/go/internal/load, Package.load.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.packages import PackageErrors
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.judging import sure
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM262",
    "c-source-without-cgo",
    severity=Severity.ERROR,
    since="0.1",
    title="C files in a package that does not use cgo: {files}",
    message='go refused the package: {files} lie beside Go files of which none imports "C".',
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, errors: PackageErrors | Unknown) -> Iterator[Finding]:
    known = " ".join(said for _, _, said in errors.items) if isinstance(errors, PackageErrors) else ""
    for symptom in seen.of(Kind.C_SOURCE_REFUSED):
        yield rule.finding(
            Subject(kind="files", name=symptom.name),
            evidence=[log.evidence(symptom.line)],
            confidence=sure(symptom.name in known),
            files=symptom.name,
        )


@rule.fix("Leave the C files out, or let a Go file use them", safety=Safety.MANUAL)
def decide(finding: Finding) -> Mend | None:
    return Mend(hints=mending.left_out(".", finding.subject.name))


_LOG = "package example.com/shop: C source files not allowed when not using cgo or SWIG: add.c\n"

rule.catches("go build", subject="add.c", log=_LOG)
rule.catches("go vet", log="vet: " + _LOG)
rule.passes("another failure", files=worlds.pure_project(), log="main.go:1:1: syntax error\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
