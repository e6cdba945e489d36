"""A quantile is asked of buckets that have lost their bounds.

What it finds     ``histogram_quantile`` over an aggregation of ``_bucket`` series that does not keep the label ``le``, in Prometheus rules and files of objectives.
Why it hurts      The query answers nothing (or NaN), the alert never fires and the objective is never judged.
Example           ``histogram_quantile(0.95, sum(rate(http_seconds_bucket[5m])))``
After the fix     ``histogram_quantile(0.95, sum by (le) (rate(http_seconds_bucket[5m])))``
Fix safety        A person decides which other labels to keep.
How it is proved  The files are read again: every quantile has its ``le``.
References        Prometheus documentation, histogram_quantile.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.model.base import Severity
from gomend.model.finding import Finding
from gomend.model.rule import Rule
from gomend.slo import smells
from gomend.slo.facts.files import SloFiles

rule = Rule(
    "GM430",
    "slo-quantile-without-le",
    severity=Severity.WARNING,
    since="0.1",
    title="{name}: histogram_quantile over buckets that were summed without le",
    message="{shown} drops the label le, and histogram_quantile needs it to tell the buckets apart: the query answers nothing.",
    doc=__doc__,
)


@rule.check
def check(found: SloFiles) -> Iterator[Finding]:
    return smells.findings(rule, found, smells.quantile_without_le)


rule.catches(
    "no by",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: histogram_quantile(0.95, sum(rate(a_bucket[5m]))) > 1\n"
    },
)
rule.catches(
    "other labels",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: histogram_quantile(0.95, sum by (job) (rate(a_bucket[5m])))\n"
    },
)
rule.catches(
    "dropped",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: histogram_quantile(0.95, sum without (le) (rate(a_bucket[5m])))\n"
    },
)
rule.passes(
    "by le",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: histogram_quantile(0.95, sum by (job, le) (rate(a_bucket[5m])))\n"
    },
)
rule.passes(
    "without another",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: histogram_quantile(0.95, sum without (pod) (rate(a_bucket[5m])))\n"
    },
)
rule.passes(
    "a native histogram",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: histogram_quantile(0.95, sum(rate(a_seconds[5m])))\n"
    },
)
rule.not_applicable("no rules", files={"go.mod": "module example.com/x\n"})
rule.undetermined("broken", files={"rules.yml": "groups: [\n  - record: x\n"})
