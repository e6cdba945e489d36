"""A query that Prometheus refuses.

What it finds     Queries of Prometheus rules and files of objectives that are no PromQL: vector matching with a number, a missing range, unbalanced brackets.
Why it hurts      Prometheus does not load the rule file, or the gate cannot judge: nothing of it fires.
Example           ``process_resident_memory_bytes > 1.2 * on(instance) group_left() avg_over_time(process_resident_memory_bytes[1h])``
After the fix     ``process_resident_memory_bytes > 1.2 * avg_over_time(process_resident_memory_bytes[1h])``
Fix safety        A person decides; where one change makes it PromQL, it is shown.
How it is proved  The files are read again: every query parses.
References        Prometheus documentation, querying basics and operators; functions that only VictoriaMetrics has are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.slo import promql
from gomend.slo.align import queries
from gomend.slo.facts.files import Query, SloFile, SloFiles

rule = Rule(
    "GM438",
    "slo-query-invalid",
    severity=Severity.WARNING,
    since="0.1",
    title="{name}: no PromQL: {why}",
    message="Prometheus refuses this query ({why}), so neither rule nor objective says anything.",
    doc=__doc__,
)


def _broken(found: SloFiles) -> Iterator[tuple[SloFile, Query, str]]:
    """A file that uses a function which Prometheus has not is written for another server."""
    for each in found.files:
        wrong: list[tuple[SloFile, Query, str]] = []
        for query in each.queries:
            try:
                promql.parse(query.text)
            except promql.BadQuery as error:
                wrong.append((each, query, str(error)))
        if not any("unknown function" in why for _, _, why in wrong):
            yield from wrong


@rule.check
def check(found: SloFiles) -> Iterator[Finding]:
    for each, query, why in _broken(found):
        yield rule.finding(
            each.subject(query.of, query.line),
            evidence=[each.file.evidence(query.line)],
            key=query.text,
            name=query.of,
            why=why,
        )


@rule.fix("Write {name} so that it parses", safety=Safety.MANUAL)
def mend(finding: Finding, found: SloFiles) -> Mend | None:
    for each, query, _ in _broken(found):
        if each.subject(query.of, query.line) == finding.subject:
            better = queries.read_promql("", query.text).replacement
            return Mend(hints=(better,), parameters={"name": query.of}) if better else None
    return None


_RULE = "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: %s\n"
rule.catches("matching with a number", files={"rules.yml": _RULE % "m > 1.2 * on(instance) group_left() avg_over_time(m[1h])"})
rule.catches("no range", files={"alerts.yaml": _RULE % "rate(x_total) > 0"})
rule.passes("as it should be", files={"rules.yml": _RULE % "m > 1.2 * avg_over_time(m[1h])"})
rule.passes("of VictoriaMetrics", files={"rules.yml": _RULE % "histogram_share(0.2, x) > 1"})
rule.not_applicable("no rules", files={"go.mod": "module example.com/x\n"})
rule.undetermined("broken", files={"rules.yml": "groups: [\n  - record: x\n"})
