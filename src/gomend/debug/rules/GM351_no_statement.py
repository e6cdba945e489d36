"""dlv found no statement at the line of a breakpoint.

What it finds     A log of dlv says "could not find statement at FILE:LINE".
Why it hurts      The line has no code of its own: a comment, a declaration, code that the linker dropped, or code that optimisation moved away.
Example           ``could not find statement at /home/dev/app/main.go:13, please use a line with a statement``.
After the fix     The breakpoint stands on a line with a statement, or the program is built with ``-gcflags="all=-N -l"``.
Fix safety        A person decides where the breakpoint belongs.
How it is proved  The session is run again and its log no longer says it.
References        Delve pkg/proc/bininfo.go (ErrCouldNotFindLine).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.symptoms.dlv import DlvSymptoms
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM351",
    "no-statement",
    severity=Severity.WARNING,
    since="0.1",
    title="Line {line} of {file} has no code",
    message="dlv knows {file}, but the binary has no statement at line {line}: a comment, a declaration, dead or optimised code.",
    doc=__doc__,
)


@rule.check
def check(said: DlvSymptoms) -> Iterator[Finding]:
    for symptom in said.of("no-statement"):
        yield rule.finding(
            Subject(kind="source-file", name=symptom.file, line=symptom.line or None),
            evidence=[symptom.evidence],
            confidence=Confidence.MEDIUM,
            key=str(symptom.line),
            file=symptom.file,
            line=symptom.line,
        )


@rule.fix("Choose a line with a statement, or build for debugging", safety=Safety.MANUAL)
def move_or_rebuild(finding: Finding) -> Mend:
    del finding
    return Mend(hints=('go build -gcflags="all=-N -l" …',))


rule.catches(
    "a declaration",
    subject="/w/main.go",
    log="Command failed: could not find statement at /w/main.go:13, please use a line with a statement\n",
)
rule.catches("an older dlv", subject="/w/main.go", log="could not find statement at /w/main.go:7\n")
rule.passes("the binary is stripped", log="could not find statement at /w/main.go:7, binary is stripped\n")
rule.not_applicable("no log")
