"""Spans, metrics and events agree: one service broke first, and it still is.

What it finds     Incidents in a store of ``gomend incidents serve`` that are neither closed nor merged: traces, metric windows and cluster events joined on time and names.
Why it hurts      While several things break at once, each tool shows its own; the first cause is looked for in the wrong place.
Example           Retries, an empty connection pool and a killed container at the same time: the container was killed first.
After the fix     The incident is closed, by itself when nothing of it was seen for five minutes, or by ``gomend incidents close``.
Fix safety        A person runs the playbook; nothing is changed here.
How it is proved  The ledger is read again: the incident is closed.
References        OpenTelemetry specification (traces, logs, metrics); Kubernetes, container states.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from gomend.incidents.facts.ongoing import OngoingIncidents
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM450",
    "span-metric-event-correlated",
    severity=Severity.ERROR,
    since="0.1",
    title="{service} broke first: {kind}",
    message="Incident {id} goes on since {start}: {service} is the likeliest cause ({kind}, belief {score}).",
    doc=__doc__,
)


@rule.check
def check(found: OngoingIncidents) -> Iterator[Finding]:
    for one in found.incidents:
        sure = Confidence.HIGH if one.score >= 0.6 else Confidence.MEDIUM if one.score >= 0.3 else Confidence.LOW
        yield rule.finding(
            Subject(kind="incident", name=str(one.id)),
            evidence=one.evidence,
            confidence=sure,
            service=one.service,
            kind=one.kind,
            id=one.id,
            start=datetime.fromtimestamp(one.start // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            score=f"{one.score:.2f}",
        )


@rule.fix("Look at incident {id}, run its playbook, close it", safety=Safety.MANUAL)
def run_playbook(finding: Finding, found: OngoingIncidents) -> Mend | None:
    one = next((i for i in found.incidents if str(i.id) == finding.subject.name), None)
    if one is None:
        return None
    hints = [f"gomend incidents show {one.id} --store .", f"gomend incidents ack {one.id} --store ."]
    if one.playbook:
        hints.append(f"playbook: {one.playbook}")
    return Mend(hints=tuple(hints), parameters={"id": str(one.id)})


_OPENED = (
    '{"do":"open","id":1,"at":2,"seen":1,"services":["a"],"blamed":[{"service":"a","kind":"memory","score":0.9,"since":1,'
    '"seen":[{"signal":"events","what":"OOMKilled","after":1.0,"weight":4.0,"ref":"a-0"}]}]}\n'
)
rule.catches("one goes on", subject="1", files={"incidents.jsonl": _OPENED})
rule.catches("the last line was cut off", subject="1", files={"incidents.jsonl": _OPENED + '{"do":"close","id":1'})
rule.passes("closed", files={"incidents.jsonl": _OPENED + '{"do":"close","id":1,"at":3,"by":"me"}\n'})
rule.not_applicable("no store", files={"go.mod": "module example.com/x\n"})
