"""The answers of ``gomend incidents list``, ``show`` and of what changes an incident: each incident is a finding with a code."""

from __future__ import annotations

import os
from typing import Final

import msgspec

from gomend.apps.incidents.shapes import EvidenceShape, moment
from gomend.incidents.playbooks import playbook_for
from gomend.incidents.register import Blamed, Incident, Record, Seen
from gomend.model.base import Thing
from gomend.ports.files import RealFiles

_SURE: Final = 0.6
_LIKELY: Final = 0.3
SLUG: Final = "span-metric-event-correlated"
"""The cause's name among all findings."""
CODE: Final = "GM450"
"""The rule that names it."""


class SuspectShape(Thing, frozen=True):
    """One service of an incident that is, or might be, the cause; ``since`` is UTC."""

    service: str
    kind: str
    score: float
    since: str
    evidence: tuple[EvidenceShape, ...]


class HappenedShape(Thing, frozen=True):
    """One thing that happened to an incident: ``at`` is this machine's clock, UTC; ``other`` an incident merged in or split off."""

    at: str
    what: str
    by: str | None = None
    note: str | None = None
    other: int | None = None
    service: str | None = None


class IncidentLifeShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """One incident. ``start`` and ``last_seen`` are the data's clock, ``opened_at`` this machine's; the first suspect is the cause."""

    schema_: str
    id: int
    code: str
    slug: str
    severity: str
    confidence: str
    state: str
    service: str
    kind: str
    score: float
    start: str
    last_seen: str
    opened_at: str
    services: tuple[str, ...]
    suspects: tuple[SuspectShape, ...]
    history: tuple[HappenedShape, ...]
    acknowledged_by: str | None = None
    resolution: str | None = None
    merged_into: int | None = None
    merged_from: tuple[int, ...] = ()
    playbook: str | None = None
    """The playbook to run, when there is a library with one for the cause."""


class IncidentListShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """All incidents of a store that were asked for, newest first."""

    schema_: str
    incidents: tuple[IncidentLifeShape, ...]
    damaged: int = 0
    """Lines of the ledger that could not be read."""


def life(incident: Incident, playbooks: str | None) -> IncidentLifeShape:
    """One incident for machines."""
    cause = incident.cause
    return IncidentLifeShape(
        schema_="gomend.incident/1",
        id=incident.id,
        code=CODE,
        slug=SLUG,
        severity="error" if incident.going_on else "info",
        confidence="high" if cause.score >= _SURE else "medium" if cause.score >= _LIKELY else "low",
        state=incident.state,
        service=cause.service,
        kind=cause.kind,
        score=_rounded(cause.score),
        start=moment(incident.start),
        last_seen=moment(incident.last_seen),
        opened_at=moment(incident.opened_at),
        services=tuple(incident.services),
        suspects=tuple(_suspect(b) for b in incident.blamed),
        history=tuple(_happened(r, incident.id) for r in incident.history),
        acknowledged_by=incident.acknowledged or None,
        resolution=incident.resolution or None,
        merged_into=incident.into or None,
        merged_from=tuple(incident.parts),
        playbook=(playbook_for(RealFiles(), os.path.abspath(playbooks), cause.kind, SLUG) or None) if playbooks else None,
    )


def _suspect(b: Blamed) -> SuspectShape:
    return SuspectShape(
        service=b.service, kind=b.kind, score=_rounded(b.score), since=moment(b.since), evidence=tuple(map(_evidence, b.seen))
    )


def _evidence(seen: Seen) -> EvidenceShape:
    shape = EvidenceShape(signal=seen.signal, weight=seen.weight, before=seen.before, after=seen.after, unit=seen.unit or None)
    match seen.signal:
        case "metrics":
            return msgspec.structs.replace(shape, metric=seen.what, pod=seen.ref)
        case "events":
            return msgspec.structs.replace(shape, event=seen.what, pod=seen.ref)
        case _:
            return msgspec.structs.replace(shape, span=seen.ref or None, what=seen.what)


def _happened(record: Record, id: int) -> HappenedShape:
    what = record.do
    if what == "merge" and record.other == id:
        return HappenedShape(at=moment(record.at), what="merged", other=record.id, by=record.by or None)
    if what == "split" and record.other == id:
        return HappenedShape(at=moment(record.at), what="split-off", other=record.id, by=record.by or None)
    return HappenedShape(
        at=moment(record.at),
        what=what,
        by=record.by or None,
        note=record.note or None,
        other=record.other or None,
        service=record.blamed[0].service if record.blamed else None,
    )


def _rounded(score: float) -> float:
    return float(f"{score:.6g}")
