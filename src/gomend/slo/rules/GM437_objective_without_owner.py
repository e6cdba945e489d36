"""An objective names nobody.

What it finds     Objectives without an owner, neither their own nor by default; in OpenSLO, Sloth and Pyrra without a label ``owner`` or ``team``.
Why it hurts      When it blocks a release at night, nobody can decide, and the objective is switched off instead.
Example           An entry of ``slos`` without ``owner``.
After the fix     ``owner: team-checkout``, or one under ``defaults``.
Fix safety        A person knows who it is.
How it is proved  The file is read again: every objective names an owner.
References        Google SRE workbook, Implementing SLOs.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.model.base import Severity
from gomend.model.finding import Finding
from gomend.model.rule import Rule
from gomend.slo.facts.files import SloFiles

rule = Rule(
    "GM437",
    "slo-without-owner",
    severity=Severity.INFO,
    since="0.1",
    title="{name}: nobody owns this objective",
    message="{name} names no owner: when it blocks a release, nobody is asked.",
    doc=__doc__,
)


@rule.check
def check(found: SloFiles) -> Iterator[Finding]:
    for each in found.files:
        for one in each.config.objectives if each.config else ():
            if not one.owner:
                yield rule.finding(each.subject(one.name, one.line), evidence=[each.file.evidence(one.line)], name=one.name)


rule.catches(
    "nobody",
    subject="a",
    files={"slo.yaml": "slos:\n  - name: a\n    objective: 0.9\n    sli:\n      sre: {source: promql, good: g, total: t}\n"},
)
rule.passes(
    "somebody",
    files={
        "slo.yaml": "slos:\n  - name: a\n    owner: team\n    objective: 0.9\n    sli:\n      sre: {source: promql, good: g, total: t}\n"
    },
)
rule.passes(
    "by default",
    files={
        "slo.yaml": "defaults: {owner: team}\nslos:\n  - name: a\n    objective: 0.9\n    sli:\n      sre: {source: promql, good: g, total: t}\n"
    },
)
rule.not_applicable("no objectives", files={"go.mod": "module example.com/x\n"})
rule.undetermined("broken", files={"slo.yaml": "slos: [\n"})
