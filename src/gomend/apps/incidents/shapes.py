"""The answer of ``gomend incidents rank``."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from gomend.incidents.clues import Clue
from gomend.incidents.rank import Diagnosis
from gomend.model.base import Thing

_SURE = 0.6
_LIKELY = 0.3


class EvidenceShape(Thing, frozen=True):
    """One thing that was seen. ``span`` is TRACE/SPAN; ``before`` and ``after`` are values on both sides of the start, in ``unit``."""

    signal: str
    weight: float
    span: str | None = None
    metric: str | None = None
    event: str | None = None
    pod: str | None = None
    what: str | None = None
    window: tuple[str, str] | None = None
    before: float | None = None
    after: float | None = None
    unit: str | None = None


class CauseShape(Thing, frozen=True):
    """One suspect; equal ``rank`` is a tie. ``score`` is the belief that it is the cause, 0 … 1."""

    rank: int
    service: str
    kind: str
    score: float
    confidence: str
    pods: tuple[str, ...]
    evidence: tuple[EvidenceShape, ...]


class IncidentShape(Thing, frozen=True):
    """One incident; times are UTC."""

    start: str
    end: str
    root_causes: tuple[CauseShape, ...]


class WarningShape(Thing, frozen=True):
    """Something in the data itself that weakens the answer: ``what`` is a stable name."""

    what: str
    where: str
    amount: float
    message: str


class IncidentsShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer: no incidents if nothing stands out."""

    schema_: str
    incidents: tuple[IncidentShape, ...]
    seconds: float
    warnings: tuple[WarningShape, ...] = ()


def moment(ns: int) -> str:
    """Nanoseconds since the epoch as people and programs read them."""
    return datetime.fromtimestamp(ns / 1e9, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def incident(found: Diagnosis, owners: dict[str, str], most: int) -> IncidentShape:
    """One incident with its first ``most`` suspects, and all that tie with the last of them."""
    causes: list[CauseShape] = []
    for suspect in found.suspects:
        rank = 1 + sum(s.weight > suspect.weight for s in found.suspects)
        if rank > most:
            break
        causes.append(
            CauseShape(
                rank=rank,
                service=suspect.service,
                kind=suspect.kind,
                score=float(f"{suspect.score:.6g}"),
                confidence="high" if suspect.score >= _SURE else "medium" if suspect.score >= _LIKELY else "low",
                pods=tuple(sorted(pod for pod, owner in owners.items() if owner == suspect.service)),
                evidence=tuple(_evidence(clue, found) for clue in suspect.clues),
            )
        )
    return IncidentShape(start=moment(found.start), end=moment(found.end), root_causes=tuple(causes))


def _evidence(clue: Clue, found: Diagnosis) -> EvidenceShape:
    proof = clue.proof
    shape = EvidenceShape(
        signal=proof.signal,
        weight=round(clue.weight, 3),
        before=None if proof.before is None else round(proof.before, 4),
        after=round(proof.after, 4),
        unit=proof.unit or None,
    )
    match proof.signal:
        case "metrics":
            window = (moment(found.start), moment(found.end))
            return msgspec.structs.replace(shape, metric=proof.what, pod=proof.ref, window=window)
        case "events":
            return msgspec.structs.replace(shape, event=proof.what, pod=proof.ref)
        case _:
            return msgspec.structs.replace(shape, span=proof.ref, what=proof.what)
