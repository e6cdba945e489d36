"""A counter is used as if it never restarted.

What it finds     A counter (``_total``, ``_count``, ``_bucket``) used as it stands, with ``delta`` or ``deriv``, or rated after it was summed (``rate(sum(x)[5m:])``).
Why it hurts      Counters start at 0 with each process. Since the start is no window, and a sum of counters that fall is taken for a reset of all of them.
Example           ``sum(errors_total) / sum(requests_total)``
After the fix     ``sum(increase(errors_total[5m])) / sum(increase(requests_total[5m]))``
Fix safety        A person decides on the window.
How it is proved  The files are read again: each counter is inside rate or increase.
References        Prometheus documentation, rate: take the rate first, then aggregate.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.model.base import Severity
from gomend.model.finding import Finding
from gomend.model.rule import Rule
from gomend.slo import smells
from gomend.slo.facts.files import SloFiles

rule = Rule(
    "GM435",
    "slo-counter-reset",
    severity=Severity.WARNING,
    since="0.1",
    title="{name}: a counter is read without rate or increase",
    message="{shown} falls to 0 when its process restarts: without rate or increase on the counter itself a restart looks like lost events.",
    doc=__doc__,
)


@rule.check
def check(found: SloFiles) -> Iterator[Finding]:
    return smells.findings(rule, found, smells.raw_counter)


rule.catches(
    "bare",
    files={"rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: sum(e_total) / sum(a_total)\n"},
)
rule.catches(
    "delta", files={"rules.yml": "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: delta(e_total[5m]) > 5\n"}
)
rule.catches(
    "rated after",
    files={"rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: rate(sum(e_total)[5m:1m])\n"},
)
rule.passes(
    "increase",
    files={"rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: sum(increase(e_total[5m]))\n"},
)
rule.passes(
    "a gauge", files={"rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: sum(queue_length)\n"}
)
rule.passes(
    "absent", files={"rules.yml": "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: absent(e_total)\n"}
)
rule.passes(
    "a recorded series",
    files={"rules.yml": "groups:\n  - name: g\n    rules:\n      - record: job:x\n        expr: job:e_total:rate5m\n"},
)
rule.not_applicable("no rules", files={"go.mod": "module example.com/x\n"})
rule.undetermined("broken", files={"rules.yml": "groups: [\n  - record: x\n"})
