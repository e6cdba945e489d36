"""A ratio that can be 0/0 is aggregated.

What it finds     An average, sum, least or most over ratios whose divisor is a rate, without a guard such as ``> 0``.
Why it hurts      0/0 is NaN, NaN spreads through the aggregate, and no comparison with NaN is true: the alert is silent when it matters.
Example           ``avg(rate(errors_total[5m]) / rate(all_total[5m])) > 0.01``
After the fix     ``sum(rate(errors_total[5m])) / sum(rate(all_total[5m])) > 0.01``, or ``/ (rate(all_total[5m]) > 0)``.
Fix safety        A person decides: the two are different numbers.
How it is proved  The files are read again: every aggregated divisor is guarded.
References        IEEE 754; Prometheus documentation, operators.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.model.base import Severity
from gomend.model.finding import Finding
from gomend.model.rule import Rule
from gomend.slo import smells
from gomend.slo.facts.files import SloFiles

rule = Rule(
    "GM434",
    "slo-nan-spreads",
    severity=Severity.WARNING,
    since="0.1",
    title="{name}: one 0/0 makes the whole aggregate NaN",
    message="{shown} is NaN where nothing happened, and one NaN makes the aggregate NaN: comparisons with it are false, so the alert stays silent.",
    doc=__doc__,
)


@rule.check
def check(found: SloFiles) -> Iterator[Finding]:
    return smells.findings(rule, found, smells.poisoned)


rule.catches(
    "avg",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: avg(rate(e_total[5m]) / rate(a_total[5m])) > 0.01\n"
    },
)
rule.catches(
    "over time",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: max_over_time((rate(e_total[5m]) / rate(a_total[5m]))[1h:5m])\n"
    },
)
rule.passes(
    "sums first",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: sum(rate(e_total[5m])) / sum(rate(a_total[5m])) > 0.01\n"
    },
)
rule.passes(
    "guarded",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: avg(rate(e_total[5m]) / (rate(a_total[5m]) > 0)) > 0.01\n"
    },
)
rule.not_applicable("no rules", files={"go.mod": "module example.com/x\n"})
rule.undetermined("broken", files={"rules.yml": "groups: [\n  - record: x\n"})
