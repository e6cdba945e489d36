"""An objective of 100 % leaves nothing to spend.

What it finds     Objectives of exactly 1 (100 %) for a share of good events.
Why it hurts      The error budget is zero: the first bad event blocks for the whole window, burn rates are infinite, and nobody can act on the alert.
Example           ``objective: 100%``
After the fix     ``objective: 99.95%``, or what users notice.
Fix safety        A person decides: it is a promise.
How it is proved  The file is read again: the objective is below 1.
References        Google SRE book, Embracing Risk.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.model.base import Severity
from gomend.model.finding import Finding
from gomend.model.rule import Rule
from gomend.slo.facts.files import SloFiles

rule = Rule(
    "GM431",
    "slo-objective-of-all",
    severity=Severity.WARNING,
    since="0.1",
    title="{name}: an objective of 100 % leaves no error budget",
    message="One bad event breaks the objective of {name}: every release and every retry is then a breach, and burn rates divide by zero.",
    doc=__doc__,
)


@rule.check
def check(found: SloFiles) -> Iterator[Finding]:
    for each in found.files:
        for one in each.config.objectives if each.config else ():
            if one.policy.objective == 1 and one.sli.share and one.policy.better == "higher":
                yield rule.finding(each.subject(one.name, one.line), evidence=[each.file.evidence(one.line)], name=one.name)


rule.catches(
    "hundred",
    subject="a",
    files={
        "slo.yaml": "slos:\n  - name: a\n    owner: team\n    objective: 100%\n    sli:\n      sre: {source: promql, good: g, total: t}\n"
    },
)
rule.passes(
    "less",
    files={
        "slo.yaml": "slos:\n  - name: a\n    owner: team\n    objective: 99.99%\n    sli:\n      sre: {source: promql, good: g, total: t}\n"
    },
)
rule.not_applicable("no objectives", files={"go.mod": "module example.com/x\n"})
rule.undetermined("broken", files={"slo.yaml": "slos: [\n"})
