"""Incidents over time: a preview as soon as one is seen, final when late data has had its minute, closed when it is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from gomend.incidents.clues import Kind
from gomend.incidents.quality import mend_clocks
from gomend.incidents.rank import Diagnosis, diagnose
from gomend.incidents.rows import Case

State = Literal["preview", "final", "closed"]
_SECOND: Final = 10**9
LATENESS: Final = 60 * _SECOND
"""Data may come so late: what was seen is final only then (the watermark)."""
_SAME: Final = 180 * _SECOND
"""Two findings whose starts lie closer are one incident."""
_OVER: Final = 300 * _SECOND
"""An incident that was not seen for so long is over."""
_LEAST: Final = 2.5
"""Weight from which somebody is told who did not ask, if two looks in a row find the same service; a question is answered from less."""
_AT_ONCE: Final = 4.0
"""Weight from which one look is enough."""
_TRACES: Final = 10 * 60 * _SECOND
_METRICS: Final = 65 * 60 * _SECOND


@dataclass(slots=True)
class Incident:
    """One incident as it is known now; times are nanoseconds of the data's clock."""

    id: int
    service: str
    kind: Kind
    start: int
    score: float
    state: State
    first_seen: int
    last_seen: int
    acknowledged: bool = False


class Tracker:
    """All incidents of one stream. Only changes are told, each once."""

    def __init__(self) -> None:
        """None yet."""
        self.incidents: list[Incident] = []
        self._looked = ""

    def update(self, found: Diagnosis, now: int) -> list[Incident]:
        """What changed with a diagnosis made at ``now``: new, other cause, final or closed."""
        changed: list[Incident] = []
        first = found.suspects[0] if found.suspects else None
        heavy = first is not None and first.weight >= _LEAST
        again = first is not None and self._looked == first.service
        self._looked = first.service if first is not None and heavy else ""
        if first is not None and heavy and (again or first.weight >= _AT_ONCE):
            known = self._known(found.start)
            if known is None:
                known = Incident(
                    len(self.incidents) + 1, first.service, first.kind, found.start, first.score, "preview", now, now
                )
                self.incidents.append(known)
                changed.append(known)
            elif known.state == "preview" and (known.service, known.kind) != (first.service, first.kind):
                known.service, known.kind, known.score, known.start = first.service, first.kind, first.score, found.start
                changed.append(known)
            known.last_seen = now
        for incident in self.incidents:
            if incident.state == "preview" and now - LATENESS >= incident.first_seen:
                incident.state = "final"
                changed.append(incident)
            elif incident.state == "final" and now - _OVER >= incident.last_seen:
                incident.state = "closed"
                changed.append(incident)
        return changed

    def acknowledge(self, id: int) -> Incident | None:
        """Somebody looks at it; None if there is no such incident."""
        found = next((i for i in self.incidents if i.id == id), None)
        if found is not None:
            found.acknowledged = True
        return found

    def close(self, id: int) -> Incident | None:
        """Somebody says that it is over; None if there is no such incident."""
        found = next((i for i in self.incidents if i.id == id), None)
        if found is not None:
            found.state = "closed"
        return found

    def _known(self, start: int) -> Incident | None:
        """The open incident that began then. A closed one stays closed: what begins then is told as new only if it began later."""
        return next((i for i in reversed(self.incidents) if abs(i.start - start) <= _SAME), None)


class Stream:
    """The newest telemetry and the incidents in it."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.case = Case()
        self.tracker = Tracker()

    def newest(self) -> int:
        """The newest moment that any row speaks of; 0 for no rows."""
        case = self.case
        traced = max((s.start for s in case.spans), default=0)
        return max(
            traced, max((x.at for x in case.lines), default=0), 0 if traced else max((s.at for s in case.samples), default=0)
        )

    def step(self, now: int | None = None) -> list[Incident]:
        """Forget what is old, look once, tell what changed; ``now`` is the data's newest moment unless it is given."""
        at = self.newest() if now is None else now
        case = self.case
        case.spans[:] = [s for s in case.spans if s.start >= at - _TRACES]
        case.lines[:] = [x for x in case.lines if x.at >= at - _TRACES]
        case.samples[:] = [s for s in case.samples if s.at >= at - _METRICS]
        case.series.clear()
        seen = Case(list(dict.fromkeys(case.spans)), list(case.lines), list(case.samples), list(case.events), dict(case.owners))
        mend_clocks(seen)
        return self.tracker.update(diagnose(seen), at)
