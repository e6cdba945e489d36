"""dlv warns that it stopped in an optimised function.

What it finds     A log of dlv says "Warning: debugging optimized function" or shows values as "(optimized out)".
Why it hurts      Steps jump, and variables are missing or hold old values: what the debugger shows cannot be trusted.
Example           ``> main.total() ./main.go:22 (PC: 0x4a1b2c)`` followed by ``Warning: debugging optimized function``.
After the fix     The program is built with ``-gcflags="all=-N -l"``.
Fix safety        A person decides; where a task or Dockerfile builds the program, that finding has the fix.
How it is proved  The session is run again and its log no longer says it.
References        Delve pkg/terminal/command.go; go tool compile (-N, -l).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.symptoms.dlv import DlvSymptoms
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM355",
    "optimised",
    severity=Severity.WARNING,
    since="0.1",
    title="dlv debugs an optimised program",
    message="The program was built with optimisation or inlining: lines and values that dlv shows may be wrong.",
    doc=__doc__,
)


@rule.check
def check(said: DlvSymptoms) -> Iterator[Finding]:
    symptoms = said.of("optimised")
    if symptoms:
        yield rule.finding(
            Subject(kind="binary", name="debugged binary"),
            evidence=[s.evidence for s in symptoms[:3]],
            confidence=Confidence.MEDIUM,
        )


@rule.fix("Build for debugging", safety=Safety.MANUAL)
def rebuild(finding: Finding) -> Mend:
    del finding
    return Mend(hints=('go build -gcflags="all=-N -l" …',))


rule.catches(
    "the warning",
    subject="debugged binary",
    log="> [Breakpoint 1] main.total() ./main.go:22 (hits goroutine(1):1 total:1) (PC: 0x4a1b2c)\n"
    "Warning: debugging optimized function\n",
)
rule.catches("a value", log="(dlv) print acc\n(unreadable could not find loclist entry) acc (optimized out)\n")
rule.passes("another line", log="could not find statement at /w/main.go:7, please use a line with a statement\n")
rule.not_applicable("no log")
