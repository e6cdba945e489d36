"""dlv says that the binary has no debug information.

What it finds     A log of dlv says "binary is stripped", "could not open debug info" or "no symbol section".
Why it hurts      The program was linked with -s or -w, or stripped afterwards: there is no line table, and no breakpoint binds.
Example           ``could not find file /home/dev/app/main.go, binary is stripped``.
After the fix     The program is built without ``-s`` and ``-w``, and not stripped.
Fix safety        A person decides; where launch.json, a task or a Dockerfile shows the flag, that finding has the fix.
How it is proved  The session is run again and its log no longer says it.
References        Delve pkg/proc/bininfo.go (ErrNoDebugInfoFound); go tool link (-s, -w).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.symptoms.dlv import DlvSymptoms
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM352",
    "stripped",
    severity=Severity.ERROR,
    since="0.1",
    title="The debugged binary is stripped",
    message="dlv finds no debug information in the binary: it was linked with -s or -w, or stripped.",
    doc=__doc__,
)


@rule.check
def check(said: DlvSymptoms) -> Iterator[Finding]:
    symptoms = said.of("stripped")
    if symptoms:
        yield rule.finding(
            Subject(kind="binary", name="debugged binary"),
            evidence=[s.evidence for s in symptoms[:3]],
            confidence=Confidence.MEDIUM,
        )


@rule.fix("Build again with debug information", safety=Safety.MANUAL)
def rebuild(finding: Finding) -> Mend:
    del finding
    return Mend(hints=("rm PROGRAM", 'go build -gcflags="all=-N -l" -o PROGRAM .'))


rule.catches("a breakpoint", subject="debugged binary", log="could not find file /w/main.go, binary is stripped\n")
rule.catches("at start", log="could not launch process: could not open debug info\n")
rule.catches(
    "no symbol table", log="Failed to launch: could not launch process: could not parse ELF symbols: no symbol section\n"
)
rule.passes("another path", log="could not find file /w/main.go\n")
rule.not_applicable("no log")
