"""A query looks at less time than lies between two looks.

What it finds     An SLI whose window (``window``, or ``[1m]`` in its queries) is shorter than the objective's period.
Why it hurts      Whatever happens outside those windows is never counted: an outage of minutes can pass unseen.
Example           ``period: 5m`` with ``sum(rate(http_requests_total[1m]))``
After the fix     ``[$window]``, which is as long as the period.
Fix safety        A person decides: other consumers may share the query.
How it is proved  The file is read again: no window is shorter than its period.
References        Prometheus documentation, range vectors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gomend.model.base import Severity
from gomend.model.finding import Finding
from gomend.model.rule import Rule
from gomend.slo.facts.files import SloFiles
from gomend.slo.objective import Sli
from gomend.slo.sources.prometheus import queries_of
from gomend.slo.yamltree import duration, spelled

rule = Rule(
    "GM432",
    "slo-window-short",
    severity=Severity.WARNING,
    since="0.1",
    title="{name}: the query looks at {window}, a period is {period}",
    message="Events between the end of one {window} and the start of the next, {period} later, are never seen.",
    doc=__doc__,
)


def _window(sli: Sli) -> int:
    """Seconds that its queries look at, where they say so; 0 otherwise."""
    if sli.kind != "promql":
        return 0
    fixed = [duration(w) for query in queries_of(sli).values() for w in re.findall(r"\[((?:\d+[wdhms])+)\]", query)]
    return sli.window or max(fixed, default=0)


@rule.check
def check(found: SloFiles) -> Iterator[Finding]:
    for each in found.files:
        for one in each.config.objectives if each.config else ():
            for sli in one.slis:
                window = _window(sli)
                if window and window < one.period:
                    yield rule.finding(
                        each.subject(one.name, one.line),
                        evidence=[each.file.evidence(sli.line)],
                        key=sli.team,
                        name=one.name,
                        window=spelled(window),
                        period=spelled(one.period),
                    )


rule.catches(
    "a window of its own",
    subject="a",
    files={
        "slo.yaml": "slos:\n  - name: a\n    owner: team\n    objective: 0.9\n    period: 10m\n    sli:\n      sre: {source: promql, good: g, total: t, window: 1m}\n"
    },
)
rule.catches(
    "in the query",
    subject="a",
    files={
        "slo.yaml": "slos:\n  - name: a\n    owner: team\n    objective: 0.9\n    sli:\n      sre: {source: promql, good: 'sum(increase(g[1m]))', total: 'sum(increase(t[1m]))'}\n"
    },
)
rule.passes(
    "open",
    files={
        "slo.yaml": "slos:\n  - name: a\n    owner: team\n    objective: 0.9\n    sli:\n      sre: {source: promql, good: 'sum(increase(g[$window]))', total: 'sum(increase(t[$window]))'}\n"
    },
)
rule.passes(
    "as long",
    files={
        "slo.yaml": "slos:\n  - name: a\n    owner: team\n    objective: 0.9\n    sli:\n      sre: {source: promql, good: 'sum(increase(g[5m]))', total: 'sum(increase(t[5m]))'}\n"
    },
)
rule.not_applicable("no objectives", files={"go.mod": "module example.com/x\n"})
rule.undetermined("broken", files={"slo.yaml": "slos: [\n"})
