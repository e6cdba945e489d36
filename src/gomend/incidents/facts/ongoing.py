"""The incidents that go on, from the ledger of a store; the playbook for each, where the project has a library."""

from __future__ import annotations

import os
from typing import ClassVar

import msgspec

from gomend.incidents.ledger import NAME
from gomend.incidents.playbooks import playbook_for
from gomend.incidents.register import Record, Refused, Register, Seen
from gomend.model.base import Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, collector
from gomend.ports.doors import Doors, Scope

LIBRARY = "playbooks"
"""The folder of a project's playbooks."""


class Ongoing(Thing, frozen=True):
    """One incident: its id, the cause with the belief in it, since when (nanoseconds), what was seen, the playbook's name or nothing."""

    id: int
    service: str
    kind: str
    score: float
    start: int
    evidence: tuple[Evidence, ...]
    playbook: str = ""


class OngoingIncidents(Fact, frozen=True):
    """All of them."""

    incidents: tuple[Ongoing, ...]
    reads: ClassVar = frozenset({f"file:{NAME}"})


@collector
async def collect(doors: Doors, scope: Scope) -> OngoingIncidents | Absent:
    """Fold the ledger that lies in the project's folder."""
    raw = doors.files.read(os.path.join(scope.root, NAME), limit=1 << 28)
    if raw is None:
        return Absent(f"no {NAME}: this is no store of gomend incidents serve")
    register = Register()
    for line in raw.splitlines():
        try:
            register.apply(msgspec.json.decode(line, type=Record))
        except (msgspec.DecodeError, Refused):
            continue
    found: list[Ongoing] = []
    for incident in register.going_on():
        cause = incident.cause
        quotes = [_said(s) for s in cause.seen] or [f"{cause.service}: {cause.kind}"]
        found.append(
            Ongoing(
                id=incident.id,
                service=cause.service,
                kind=cause.kind,
                score=cause.score,
                start=incident.start,
                evidence=tuple(Evidence(source=NAME, quote=quote) for quote in quotes),
                playbook=playbook_for(
                    doors.files, os.path.join(scope.root, LIBRARY), cause.kind, "span-metric-event-correlated"
                ),
            )
        )
    return OngoingIncidents(incidents=tuple(found))


def _said(seen: Seen) -> str:
    if seen.signal == "events":
        return f"{seen.what} ({seen.ref})"
    before = "" if seen.before is None else f"{seen.before:.4g} → "
    return f"{seen.signal} {seen.what}: {before}{seen.after:.4g} {seen.unit}".rstrip()
