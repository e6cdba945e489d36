"""A rule averages what is an average, a ratio or a quantile already.

What it finds     ``avg`` or ``avg_over_time`` over ratios, quantiles, or recorded series whose name says that they are such.
Why it hurts      A host with ten requests weighs as much as one with ten thousand; quantiles cannot be averaged at all.
Example           ``avg(job:latency:p95)``
After the fix     Sum the events first: ``sum(rate(x_sum[5m])) / sum(rate(x_count[5m]))``, or the quantile of summed buckets.
Fix safety        A person decides: dashboards may rest on the old series.
How it is proved  The files are read again: no average is taken of averages.
References        Prometheus documentation, recording rules: never average averages.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.model.base import Severity
from gomend.model.finding import Finding
from gomend.model.rule import Rule
from gomend.slo import smells
from gomend.slo.facts.files import SloFiles

rule = Rule(
    "GM436",
    "slo-average-of-averages",
    severity=Severity.WARNING,
    since="0.1",
    title="{name}: an average of averages",
    message="{shown} gives each of the averages the same weight, however many events it stands for: the result is no average of events.",
    doc=__doc__,
)


@rule.check
def check(found: SloFiles) -> Iterator[Finding]:
    return smells.findings(rule, found, smells.mean_of_means)


rule.catches(
    "of ratios",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: avg(rate(e_total[5m]) / rate(a_total[5m]))\n"
    },
)
rule.catches(
    "of quantiles",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: avg by (job) (histogram_quantile(0.95, rate(a_bucket[5m])))\n"
    },
)
rule.catches(
    "of recorded ones",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: avg_over_time(job:latency:p95[1h])\n"
    },
)
rule.passes(
    "of a gauge",
    files={"rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: avg(node_load1)\n"},
)
rule.passes(
    "sums",
    files={
        "rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: sum(rate(a_sum[5m])) / sum(rate(a_count[5m]))\n"
    },
)
rule.not_applicable("no rules", files={"go.mod": "module example.com/x\n"})
rule.undetermined("broken", files={"rules.yml": "groups: [\n  - record: x\n"})
