"""Incidents over time: a preview as soon as one is seen, final when late data has had its minute, closed when it is over.

What belongs together is one incident: findings that overlap in time and lie on one path of the call graph. Two causes that do not reach each
other stay two. Only changes are told, each once, and each is in the ledger before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from gomend.incidents.clues import Kind
from gomend.incidents.delays import Delays
from gomend.incidents.graph import Paths
from gomend.incidents.hot import Hot, Stretch
from gomend.incidents.ledger import Ledger
from gomend.incidents.rank import Diagnosis, Evidence, Suspect, diagnose
from gomend.incidents.register import Blamed, Incident, Record, Register, Seen
from gomend.incidents.rows import Case

_SECOND: Final = 10**9
LATENESS: Final = 60 * _SECOND
"""Data may come so late: what was seen is final only then (the watermark)."""
_SAME: Final = 180 * _SECOND
"""Two findings on one path whose starts lie closer are one incident."""
_OVER: Final = 300 * _SECOND
"""An incident that was not seen for so long is over."""
_LEAST: Final = 2.5
"""Weight from which somebody is told who did not ask, if it holds for some seconds; a question is answered from less."""
_AT_ONCE: Final = 4.0
"""Weight from which one look is enough."""
_BEFORE: Final = 180 * _SECOND
"""So much of what was before an incident is kept while it goes on."""
_LATELY: Final = 90 * _SECOND
"""Whether an incident goes on is judged by so much of the newest."""
_HOLDS: Final = 5 * _SECOND
"""So long a lighter cause must be seen before it is told, and another one before a preview is revised."""
_MOST: Final = 6
"""Services that are blamed in one incident."""
_AS_MUCH: Final = 0.97
_AGAIN: Final = 15 * _SECOND
_SHOWN: Final = 4
_ANOTHER: Final = 1.5 * _LEAST
"""Weight from which a second cause on no common path is an incident of its own: side effects of the first are lighter."""
_HELD: Final = 6 * 3600 * _SECOND
"""The longest that anything is kept for an incident that goes on."""


@dataclass(slots=True)
class Look:
    """What is seen now: a diagnosis, who calls whom, and the weight of each service at the start that the diagnosis names."""

    found: Diagnosis
    paths: Paths

    def weight(self, service: str) -> float:
        """How much speaks against a service now."""
        return max((s.weight for s in self.found.suspects if s.service == service), default=0.0)

    def roots(self) -> Iterator[Suspect]:
        """Suspects that are heavy enough and on no heavier one's path; what the cluster dates in a service that they call explains their waiting."""
        taken: list[str] = []
        for suspect in self.found.suspects:
            if suspect.weight >= (_ANOTHER if taken else _LEAST) and not any(
                self.paths.joined(suspect.service, other) for other in taken
            ):
                below = (s for s in self.found.suspects if s.weight >= _LEAST and self.paths.calls(suspect.service, s.service))
                root = suspect if _dated(suspect) else next((s for s in below if _dated(s)), suspect)
                taken += [suspect.service, root.service]
                yield root

    def on_path(self, root: Suspect, least: float) -> list[Suspect]:
        """Other suspects on a root's path, by what was seen of them: that the root explains it makes it no smaller."""
        return [
            s
            for s in self.found.suspects
            if s.service != root.service
            and sum(c.weight for c in s.clues) >= least
            and self.paths.joined(s.service, root.service)
        ]


def _dated(suspect: Suspect) -> bool:
    """Whether the cluster itself says that it broke, and when."""
    return any(c.proof.signal == "events" and c.weight >= _LEAST for c in suspect.clues)


def blamed(suspect: Suspect, onset: int) -> Blamed:
    """A suspect with its evidence, as it is kept; what the cluster dates itself began then, not at the onset that was tried."""
    since = suspect.clues[0].proof.at if suspect.clues and suspect.clues[0].proof.at else onset
    seen = tuple(
        Seen(
            signal=c.proof.signal, what=c.proof.what, after=c.proof.after, weight=round(c.weight, 3), before=c.proof.before,
            unit=c.proof.unit, ref=c.proof.ref,
        )
        for c in suspect.clues[:_SHOWN]
    )  # fmt: skip
    return Blamed(service=suspect.service, kind=suspect.kind, score=suspect.score, since=since, seen=seen)


class Tracker:
    """All incidents of one stream."""

    def __init__(self, ledger: Ledger | None = None) -> None:
        """With what the ledger knows; without one they are kept in memory."""
        self.ledger = ledger or Ledger()
        self._challenges: dict[int, tuple[tuple[str, Kind], int]] = {}
        """Who else would be blamed for a preview, and since when."""
        self._since: dict[str, int] = {}
        """Since when each cause is seen in every look."""

    @property
    def incidents(self) -> list[Incident]:
        """All of them."""
        return list(self.ledger.register.incidents.values())

    def update(self, look: Look, now: int, on: Sequence[int] = ()) -> list[Record]:
        """What changed by what is seen ``now``; ``on`` are ids of incidents that were seen to go on.

        Raises:
            OSError: it could not be written down; nothing counts as changed then.
        """
        at = time.time_ns()
        return self.ledger.write(lambda register: list(self._changes(register, look, now, at, on)))

    def _changes(self, register: Register, look: Look, now: int, at: int, on: Sequence[int]) -> Iterator[Record]:
        next_id = register.next_id()
        roots = list(look.roots())
        self._since = {root.service: self._since.get(root.service, now) for root in roots}
        for root in roots:
            first = blamed(root, look.found.start)
            known = _known(register, root, first.since, look)
            services = (root.service, *(s.service for s in look.on_path(root, 1.0)))
            if known is None and root.weight < _AT_ONCE and now - self._since[root.service] < _HOLDS:
                continue
            if known is None:
                yield Record(do="open", id=next_id, at=at, seen=now, blamed=(first,), services=services)
                next_id += 1
                continue
            if not known.going_on:
                continue
            known.last_seen = max(known.last_seen, now)
            if known.state == "preview" and self._challenged(known, root, look, now):
                if _dated(root) or now - self._challenges[known.id][1] >= _HOLDS:
                    yield Record(do="cause", id=known.id, at=at, seen=now, blamed=(first,), services=services)
                continue
            held = {b.service for b in known.blamed}
            elsewhere = {name for i in register.going_on() if i.id != known.id for name in i.services}
            strong = (root, *look.on_path(root, _ANOTHER))
            more = tuple(blamed(s, look.found.start) for s in strong if s.service not in held | elsewhere)
            if more and len(held) < _MOST:
                yield Record(
                    do="join",
                    id=known.id,
                    at=at,
                    seen=now,
                    blamed=more,
                    services=tuple(s for s in services if s not in elsewhere),
                )
        merges = list(_merges(register, look.paths, now, at))
        yield from merges
        gone = {record.other for record in merges}
        for incident in (i for i in register.going_on() if i.id not in gone):
            if incident.id in on:
                incident.last_seen = max(incident.last_seen, now)
            if incident.state == "preview" and now - LATENESS >= incident.first_seen:
                yield Record(do="final", id=incident.id, at=at, seen=now)
            elif incident.state == "final" and now - _OVER >= incident.last_seen:
                yield Record(do="over", id=incident.id, at=at, seen=now)

    def _challenged(self, known: Incident, root: Suspect, look: Look, now: int) -> bool:
        """Whether somebody else is to be blamed for a preview: at once if the cluster says so, else when it holds for some seconds."""
        key = (root.service, root.kind)
        dated = any(s.signal == "events" for s in known.cause.seen)
        heavier = known.cause.service == root.service or _dated(root) or root.weight > look.weight(known.cause.service)
        if key == (known.cause.service, known.cause.kind) or not heavier or (dated and not _dated(root)):
            self._challenges.pop(known.id, None)
            return False
        before, since = self._challenges.get(known.id, (key, now))
        self._challenges[known.id] = (key, since if before == key else now)
        return True


def _known(register: Register, root: Suspect, start: int, look: Look) -> Incident | None:
    """The incident that a root belongs to: open and on its path, or a preview whose own evidence is gone. A closed one stays closed: what
    begins then is told as new only if it began later."""  # noqa: D205, D209
    mine = [i for i in register.incidents.values() if any(look.paths.joined(root.service, b.service) for b in i.blamed)]
    for incident in sorted(mine, key=lambda i: (i.cause.service != root.service, root.service not in i.services, -i.id)):
        if incident.going_on and incident.start - _SAME <= start:
            return incident
        if incident.state == "closed" and abs(incident.start - start) <= _SAME:
            return incident
    for incident in register.going_on():
        if (
            incident.state == "preview"
            and abs(incident.start - start) <= _SAME
            and look.weight(incident.cause.service) < _LEAST
        ):
            return incident
    return None


def _merges(register: Register, paths: Paths, now: int, at: int) -> Iterator[Record]:
    """Open incidents that turn out to lie on one path become one: the earlier, with the likelier cause of both."""
    gone: set[int] = set()
    for one, other in combinations(register.going_on(), 2):
        if gone & {one.id, other.id} or other.id in one.apart or one.id in other.apart:
            continue
        if other.start <= one.last_seen + _SAME and paths.joined(one.cause.service, other.cause.service):
            gone.add(other.id)
            first = max((one.cause, other.cause), key=lambda b: b.score)
            yield Record(do="merge", id=one.id, other=other.id, at=at, seen=now, blamed=(first,))


def _later(evidence: Evidence, found: Diagnosis, now: int) -> Diagnosis:
    """The same cause at the latest onset that speaks against it as much: a metric that rose says so of any moment before, too."""
    first = found.suspects[0]
    for onset in sorted((t for t in evidence.onsets() if found.start < t <= now), reverse=True):
        suspects = evidence.suspects(onset)
        if suspects and suspects[0].service == first.service and suspects[0].weight >= _AS_MUCH * first.weight:
            for suspect in suspects:
                suspect.score = next((s.score for s in found.suspects if s.service == suspect.service), 0.0)
            return Diagnosis(onset, found.end, suspects, found.certain)
    return found


class Stream:
    """The newest telemetry and the incidents in it. Rows are put into ``case`` by whoever receives them; :meth:`take` moves them on."""

    def __init__(self, ledger: Ledger | None = None) -> None:
        """Nothing yet."""
        self.case = Case()
        """The inbox."""
        self.hot = Hot()
        self.tracker = Tracker(ledger)
        self._checked: dict[int, int] = {}
        self._heard = 0.0
        """When something came last, on this machine's steady clock (seconds)."""
        self._waiting: list[float] = []
        self._taken: list[float] = []
        self.delays = Delays()
        """From arrival to the end of the first look that saw it."""
        self._resumed = False

    def arrived(self) -> None:
        """Rows were just put into the inbox."""
        self._waiting.append(time.monotonic())

    def take(self, pour: Callable[[Case], None] = lambda _: None) -> bool:
        """Empty the inbox, into which ``pour`` may put more first; whether there was anything in it. Not during :meth:`step`."""
        self._taken, self._waiting = self._taken + self._waiting, []
        inbox = self.case
        pour(inbox)
        if not (inbox.spans or inbox.lines or inbox.samples or inbox.events):
            return False
        rows = Case(inbox.spans, inbox.lines, inbox.samples, inbox.events, dict(inbox.owners), places=inbox.places)
        inbox.spans, inbox.lines, inbox.samples, inbox.events = [], [], [], []
        inbox.series.clear()
        self.hot.add(rows)
        self._heard = time.monotonic()
        return True

    def clock(self) -> int:
        """The data's clock: its newest moment, and on from there while nothing comes."""
        if not self.hot.newest:
            return 0
        return self.hot.newest + int((time.monotonic() - self._heard) * _SECOND)

    def step(self, now: int | None = None) -> list[Record]:
        """Forget what is old, look once, tell what changed; ``now`` is the data's clock unless it is given.

        Raises:
            OSError: a change could not be written down.
        """
        at = self.clock() if now is None else now
        going_on = self.tracker.ledger.register.going_on()
        if not self._resumed:  # what went on when the last process ended gets its time to be seen again
            self._resumed = True
            for incident in going_on:
                incident.last_seen = max(incident.last_seen, at)
        self.hot.forget(at, [(i.start - _BEFORE, i.start) for i in going_on if i.start > at - _HELD])
        case = self.hot.case(at - max(_BEFORE, 2 * LATENESS) - _LATELY)
        evidence = Evidence(case)
        found = diagnose(case, at=at, evidence=evidence)
        if found.suspects and found.suspects[0].weight >= _LEAST:
            found = _later(evidence, found, at)
        on = [i.id for i in going_on if self._due(i, at) and self._goes_on(i, at)]
        changed = self.tracker.update(Look(found, evidence.paths), at, on)
        ended = time.monotonic()
        for arrival in self._taken:
            self.delays.add(ended - arrival)
        self._taken = []
        return changed

    def _due(self, incident: Incident, now: int) -> bool:
        if now - self._checked.get(incident.id, 0) < _AGAIN or incident.start + _LATELY > now:
            return False
        self._checked[incident.id] = now
        return True

    def _goes_on(self, incident: Incident, now: int) -> bool:
        """Whether the newest minute and a half, held against what was before the start, still speaks against the cause."""
        without: Stretch = (incident.start, now - _LATELY)
        suspects = Evidence(self.hot.case(incident.start - _BEFORE, without)).suspects(incident.start)
        return any(s.service in incident.services and s.weight >= _LEAST / 2 for s in suspects)
