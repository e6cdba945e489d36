"""A log shows that a wider path rule of the launch request hides the one that was meant.

What it finds     A log of ``dlv dap --log --log-output=dap`` in which a path that dlv did not find begins with the ``from`` of two rules, and the shorter one stands first.
Why it hurts      Delve takes the first rule that matches and tries no other; the longer rule below it is never used.
Example           A rule from ``/w`` to ``/s`` before one from ``/w/lib`` to ``/l``, and then ``could not find file /s/lib/a.go`` for ``/w/lib/a.go``.
After the fix     The rules stand in the order of their ``from``, the longest first.
Fix safety        A person decides: the configuration that the log came from may lie elsewhere.
How it is proved  The session is run again and its log no longer says it.
References        Delve pkg/locspec (SubstitutePath).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug import paths
from gomend.debug.symptoms.dlv import DlvSymptoms
from gomend.debug.symptoms.launch import LoggedLaunch
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM358",
    "rule-order",
    severity=Severity.ERROR,
    since="0.1",
    title="substitutePath in the log: {hidden} is hidden by {first}",
    message="Of the rules of substitutePath the first that matches wins: {first} stands before {hidden} and takes its files.",
    doc=__doc__,
    explains=("GM350",),
)


@rule.check
def check(launch: LoggedLaunch, said: DlvSymptoms) -> Iterator[Finding]:
    missing = said.of("no-file")
    for earlier, later in paths.shadowed(launch.rules):
        first, hidden = launch.rules[earlier][0], launch.rules[later][0]
        lost = paths.substitute(hidden, launch.rules[earlier : earlier + 1])
        hit = next((s for s in missing if s.file.startswith((f"{hidden.rstrip('/')}/", f"{lost.rstrip('/')}/"))), None)
        if hit is not None:
            yield rule.finding(
                Subject(kind="path-rule", name=hidden),
                evidence=[launch.evidence, hit.evidence],
                confidence=Confidence.MEDIUM,
                first=first,
                hidden=hidden,
            )


@rule.fix("Put {hidden} first", safety=Safety.MANUAL)
def reorder(finding: Finding, launch: LoggedLaunch) -> Mend:
    longest = sorted(launch.rules, key=lambda r: -len(r[0]))
    rules = ", ".join(f'{{"from": "{a}", "to": "{b}"}}' for a, b in longest)
    return Mend(hints=(f'"substitutePath": [{rules}]',), parameters={"hidden": finding.subject.name})


_LOG = (
    '2026-01-02T03:04:05Z debug layer=dap [<- from client]{"seq":2,"type":"request","command":"launch","arguments":'
    '{"mode":"exec","program":"/app/shop","substitutePath":[{"from":"%s","to":"/s"},{"from":"%s","to":"/l"}]}}\n'
    "could not find file /s/lib/a.go\n"
)
rule.catches("the wider one first", subject="/w/lib", log=_LOG % ("/w", "/w/lib"))
rule.passes("the longer one first", log=_LOG % ("/w/lib", "/w"))
rule.passes("apart from each other", log=_LOG % ("/w", "/v"))
rule.not_applicable("no launch request in the log", log="could not find file /s/lib/a.go\n")
rule.not_applicable("no log")
