"""A C name is defined twice, because a file with //export defines it in its preamble.

What it finds     A log says ``multiple definition of `name'``.
Why it hurts      cgo copies the preamble of a file with ``//export`` into two C files, so it may declare but not define.
Example           ``int helper(void) { return 1; }`` in the preamble of a file with ``//export Callback``.
After the fix     The definition lies in a .c file or in the preamble of another Go file, or is ``static inline``.
Fix safety        Manual: the code is a person's own.
How it is proved  The command is run again and no longer says so.
References        pkg.go.dev/cmd/cgo#hdr-C_references_to_Go.
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
    "GM287",
    "export-preamble-definition",
    severity=Severity.ERROR,
    since="0.1",
    title="The C name {name} is defined twice",
    message="The linker met {name} twice; a preamble of a file with //export may only declare it.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.DEFINED_TWICE):
        yield rule.finding(
            Subject(kind="name", name=symptom.name or symptom.detail),
            evidence=[log.evidence(symptom.line)],
            confidence=uses_cgo(packages),
            name=symptom.name or symptom.detail,
        )


@rule.fix("Move the definition out of the preamble", safety=Safety.MANUAL)
def move(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("move the definition into a .c file beside the Go file", "static inline   # before a small function"))


_LOG = "/usr/bin/ld: $WORK/b001/main.cgo2.o: in function `helper':\n./main.go:5: multiple definition of `helper'; $WORK/b001/_cgo_export.o:./main.go:5: first defined here\n"

rule.catches("GNU ld", subject="helper", files=worlds.cgo_project(), log=_LOG)
rule.catches("lld", subject="helper", log="ld.lld: error: duplicate symbol: helper\n")
rule.passes("an undefined one", log="undefined reference to `helper'\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
