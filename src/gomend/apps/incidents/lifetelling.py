"""Incidents of a store, for people."""

from __future__ import annotations

from typing import Final

from gomend.apps.incidents.lifeshapes import HappenedShape, IncidentLifeShape, IncidentListShape
from gomend.apps.incidents.telling import KINDS, evidence_row
from gomend.apps.tables import aligned
from gomend.model.text import Text, Translator, text

STATES: Final[dict[str, Text]] = {
    "preview": text("incidentlife.state.preview", "preview"),
    "final": text("incidentlife.state.final", "open"),
    "closed": text("incidentlife.state.closed", "closed"),
    "merged": text("incidentlife.state.merged", "merged"),
}
"""States, in words."""
_HEAD: Final = (
    text("incidentlife.head.id", "ID"),
    text("incidentlife.head.state", "state"),
    text("incidentlife.head.since", "since"),
    text("incidentlife.head.service", "service"),
    text("incidentlife.head.what", "what"),
    text("incidentlife.head.score", "belief"),
    text("incidentlife.head.who", "looked at by"),
)
_NONE: Final = text("incidentlife.none", "No incidents.")
_DAMAGED: Final = text("incidentlife.damaged", "{n} lines of the ledger could not be read and were passed over")
_ONE: Final = text("incidentlife.one", "Incident {id} ({code}), {state}: {service}: {kind}, since {start}, belief {score}")
_ALSO: Final = text("incidentlife.also", "Also on its path: {services}")
_AND: Final = text("incidentlife.and", "On its path, {service}: {kind}, since {start}")
_PLAYBOOK: Final = text("incidentlife.playbook", "Playbook: {name}")
_RESOLVED: Final = text("incidentlife.resolved", "Closed: {note}")
_HAPPENED: Final[dict[str, Text]] = {
    "open": text("incidentlife.did.open", "first seen: {service}"),
    "cause": text("incidentlife.did.cause", "now blamed: {service}"),
    "join": text("incidentlife.did.join", "{service} joined: on the same path"),
    "final": text("incidentlife.did.final", "late data has come: final"),
    "over": text("incidentlife.did.over", "not seen any more: closed"),
    "ack": text("incidentlife.did.ack", "acknowledged by {by}"),
    "close": text("incidentlife.did.close", "closed by {by}"),
    "reopen": text("incidentlife.did.reopen", "opened again by {by}"),
    "merge": text("incidentlife.did.merge", "incident {other} merged in"),
    "merged": text("incidentlife.did.merged", "merged into incident {other}"),
    "split": text("incidentlife.did.split", "incident {other} split off by {by}"),
    "split-off": text("incidentlife.did.split-off", "split off from incident {other} by {by}"),
}


def table(answer: IncidentListShape, say: Translator) -> str:
    """One line an incident."""
    if not answer.incidents:
        lines = [say(_NONE)]
    else:
        lines = aligned([[say(h) for h in _HEAD], *([*_cells(i, say)] for i in answer.incidents)], indent=0)
    if answer.damaged:
        lines += ["", say(_DAMAGED, n=answer.damaged)]
    return "\n".join(lines) + "\n"


def _cells(i: IncidentLifeShape, say: Translator) -> tuple[str, ...]:
    state = say(STATES[i.state]) + (f" → {i.merged_into}" if i.merged_into else "")
    what = say(KINDS[i.kind]) + (f" (+{len(i.suspects) - 1})" if len(i.suspects) > 1 else "")
    return str(i.id), state, i.start, i.service, what, f"{i.score:.2f}", i.acknowledged_by or "–"


def told(i: IncidentLifeShape, say: Translator) -> str:
    """One incident with its evidence and what happened to it."""
    lines = [
        say(
            _ONE,
            id=i.id,
            code=i.code,
            state=say(STATES[i.state]),
            service=i.service,
            kind=say(KINDS[i.kind]),
            start=i.start,
            score=f"{i.score:.2f}",
        )
    ]
    if i.playbook:
        lines.append(say(_PLAYBOOK, name=i.playbook))
    if i.resolution:
        lines.append(say(_RESOLVED, note=i.resolution))
    for number, suspect in enumerate(i.suspects):
        if number:
            said = say(_AND, service=suspect.service, kind=say(KINDS[suspect.kind]), start=suspect.since)
            lines += ["", said]
        lines += ["", *aligned([evidence_row(e, say) for e in suspect.evidence])] if suspect.evidence else []
    rest = [s for s in i.services if s not in {b.service for b in i.suspects}]
    if rest:
        lines += ["", say(_ALSO, services=", ".join(rest))]
    lines += ["", *aligned([(h.at, happened(h, say), h.note or "") for h in i.history])]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def happened(h: HappenedShape, say: Translator) -> str:
    """One thing that happened, in words."""
    return say(_HAPPENED[h.what], service=h.service or "", by=h.by or "?", other=h.other or 0)
