"""The two sides of a ratio keep different labels.

What it finds     Arithmetic between two aggregations that keep different labels, without ``on`` or ``ignoring``.
Why it hurts      Prometheus pairs series with equal labels; here none are, so the query answers nothing: no value, no alert.
Example           ``sum by (job) (rate(errors_total[5m])) / sum by (job, code) (rate(all_total[5m]))``
After the fix     The same labels on both sides, or ``on (job) group_left``.
Fix safety        A person decides which labels are meant.
How it is proved  The files are read again: both sides keep the same labels or say how they match.
References        Prometheus documentation, vector matching.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.model.base import Severity
from gomend.model.finding import Finding
from gomend.model.rule import Rule
from gomend.slo import smells
from gomend.slo.facts.files import SloFiles

rule = Rule(
    "GM433",
    "slo-labels-differ",
    severity=Severity.WARNING,
    since="0.1",
    title="{name}: the two sides of the calculation keep different labels",
    message="One side is aggregated by other labels than the other ({shown}): no two series have equal labels, so the query answers nothing.",
    doc=__doc__,
)


@rule.check
def check(found: SloFiles) -> Iterator[Finding]:
    return smells.findings(rule, found, smells.never_matching)


rule.catches(
    "different by",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: sum by (job) (rate(e_total[5m])) / sum by (job, code) (rate(a_total[5m]))\n"
    },
)
rule.catches(
    "by and none",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: sum by (job) (rate(e_total[5m])) / sum(rate(a_total[5m])) > 0.1\n"
    },
)
rule.passes(
    "the same",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: sum by (job) (rate(e_total[5m])) / sum by (job) (rate(a_total[5m]))\n"
    },
)
rule.passes(
    "said",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: sum by (job, code) (rate(e_total[5m])) / on (job) group_left sum by (job) (rate(a_total[5m]))\n"
    },
)
rule.passes(
    "a number",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: sum by (job) (rate(e_total[5m])) / 60\n"
    },
)
rule.not_applicable("no rules", files={"go.mod": "module example.com/x\n"})
rule.undetermined("broken", files={"rules.yml": "groups: [\n  - record: x\n"})
