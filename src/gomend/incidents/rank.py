"""Weigh the clues: which service, what kind, since when, how sure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from gomend.incidents import visits
from gomend.incidents.behaviour import Behaviour, attach
from gomend.incidents.changes import Pods
from gomend.incidents.clues import Clue, Kind
from gomend.incidents.graph import Paths
from gomend.incidents.latency import Calls, Works
from gomend.incidents.resources import Metrics, event_clues
from gomend.incidents.rows import Case
from gomend.incidents.strays import Strays

_SECOND: Final = 10**9
_STEP: Final = 10 * _SECOND
"""Onsets are tried this far apart."""
_MARGIN: Final = 15 * _SECOND
"""So much must lie on each side of an onset inside the traces."""
_LATE, _EARLY = 180 * _SECOND, 75 * _SECOND
"""An incident starts so much before its alarm, or after it, at most."""
_METRIC_STEP: Final = 30 * _SECOND
_METRIC_ONSETS: Final = 8
_STARVED: Final = 0.8
"""From this weight its processor metrics call a service starved: its slow calls are its own fault then."""
_ROOT: Final = 0.15
"""A change, or a pool that is empty, is what went wrong as soon as it is so much of the evidence: the rest follows from it."""
_UNTOUCHED: Final = 0.4
"""Factor for services that no request went through while traces are there: they slowed nobody down."""
_STRUCK: Final = 2.0
_AS_LOUD: Final = 0.97
_NEAR: Final = 180 * _SECOND
_EXPLAINED: Final = 0.3
"""Factor for a service that waits for one that the cluster says was struck."""
_LEAST: Final = 0.4
"""A best suspect below this is no incident; who asks has a reason to, so it is little."""
_HALF: Final = 1.4
"""Weight that speaks as much for a fault as for chance: fault-free stretches reach it now and then (docs/incidents-accuracy.md)."""
_SHARP: Final = 1.5
"""How fast confidence grows with the distance to the next suspect."""


@dataclass(slots=True)
class Suspect:
    """One service, how much speaks against it (nats), and how sure we are (0 … 1)."""

    service: str
    weight: float
    clues: list[Clue] = field(default_factory=list)
    score: float = 0.0

    @property
    def kind(self) -> Kind:
        """The kind with the most weight; a change of version or an empty pool goes before what follows from it."""
        total: defaultdict[Kind, float] = defaultdict(float)
        for clue in self.clues:
            total[clue.kind] += clue.weight
        for root in ("deploy", "pool_exhaustion"):
            if root in total and total[root] >= _ROOT * self.weight:
                return root
        return max(total, key=lambda k: total[k]) if total else "unknown"


@dataclass(slots=True)
class Diagnosis:
    """What was found: suspects, best first, none if nothing happened; nanoseconds of start and end."""

    start: int
    end: int
    suspects: list[Suspect]
    certain: bool
    """False: nothing stands out enough to be called an incident."""


class Evidence:
    """All evidence of a case, ready to be weighed for any onset. ``without`` leaves out traces, logs or metrics, or a signal (it may be changed later)."""

    def __init__(self, case: Case, without: Collection[str] = ()) -> None:
        """Fold and group once."""
        self.case = case
        self.without = without
        spans = [] if "traces" in without else case.spans
        samples = [] if "metrics" in without else case.samples
        self.folded = visits.fold(spans, case.owners)
        lines = [] if "logs" in without else case.lines
        visits.add_lines(self.folded, lines, case.owners)
        self._strays = Strays(attach(lines, self.folded, case.owners), case.owners)
        heard = [((s.pod, s.start) for s in spans), ((x.pod, x.at) for x in lines), ((s.pod, s.at) for s in samples)]
        self._pods = Pods(chain.from_iterable(heard), case.owners)
        self.calls = Calls(self.folded.calls)
        self.paths = Paths((c.caller, c.callee) for c in self.folded.calls)
        self.works = Works(self.folded.works)
        self._behaviour = Behaviour(self.folded.visits)
        self._metrics = Metrics(samples, case.owners)
        self._used = {v.service for v in self.folded.visits}
        starts = [v.start for v in self.folded.visits]
        taken = [s.at for s in samples]
        self.traced = (min(starts), max(starts)) if starts else None
        self.measured = (min(taken), max(taken)) if taken else None

    def clues(self, onset: int) -> list[Clue]:
        """Every clue, if the fault began at ``onset``."""
        traced = self.traced is not None and self.traced[0] + _MARGIN <= onset
        measured = self._metrics.clues(onset, traced=traced, alone=not self.folded.visits)
        starved = {c.service for c in measured if c.kind == "cpu" and c.weight >= _STARVED}
        found = self.calls.clues(onset, starved) + self._behaviour.clues(onset) + measured
        found += self._strays.clues(onset) + self._pods.clues(onset)
        found += event_clues(self.case.events, self.case.owners, onset)
        by_service: defaultdict[str, list[Clue]] = defaultdict(list)
        for clue in self.works.clues(onset):
            by_service[clue.service].append(clue)
        for own in by_service.values():  # many operations of one process slow down together: the rest counts a fifth
            own.sort(key=lambda c: -c.weight)
            found.append(own[0])
            found += [c._replace(weight=0.2 * c.weight) for c in own[1:4]]
        return [clue for clue in found if clue.proof.signal not in self.without]

    def suspects(self, onset: int) -> list[Suspect]:
        """Services by weight, the heaviest first; equal weights are a tie."""
        table: dict[str, Suspect] = {}
        for clue in self.clues(onset):
            suspect = table.setdefault(clue.service, Suspect(clue.service, 0.0))
            suspect.clues.append(clue)
            suspect.weight += clue.weight
        for suspect in table.values():
            if self._used and suspect.service not in self._used:
                suspect.weight *= _UNTOUCHED
            suspect.clues.sort(key=lambda c: -c.weight)
        self._explain(table, onset)
        return sorted(table.values(), key=lambda s: (-s.weight, s.service))

    def _explain(self, table: Mapping[str, Suspect], onset: int) -> None:
        """What the cluster itself dates near the onset (a container that was killed) explains why those wait who call it."""
        struck = {
            c.service
            for suspect in table.values()
            for c in suspect.clues
            if c.proof.signal == "events" and c.weight >= _STRUCK and c.proof.at <= onset + _NEAR
        }
        for suspect in table.values():
            if suspect.service not in struck and any(self.paths.calls(suspect.service, s) for s in struck):
                suspect.weight *= _EXPLAINED

    def onsets(self) -> list[int]:
        """Moments worth trying: inside the traces, or the newest minutes of the metrics."""
        if self.traced is not None:
            first, last = self.traced
            inner = range(first + _MARGIN, last - _MARGIN, _STEP)
            return [first - 1, *inner]
        if self.measured is not None:
            last = self.measured[1]
            return [last - i * _METRIC_STEP for i in range(_METRIC_ONSETS, 1, -1)]
        return []


def diagnose(
    case: Case, *, at: int | None = None, without: Collection[str] = (), evidence: Evidence | None = None
) -> Diagnosis:
    """The most likely incident of a case; ``at`` is the moment of an alarm (nanoseconds): the start is looked for near it."""
    evidence = evidence or Evidence(case, without)
    best: tuple[float, int, list[Suspect]] = (0.0, at or 0, [])
    for onset in evidence.onsets() if at is None else _near(evidence.onsets(), at):
        found = evidence.suspects(onset)
        # A kill speaks as loud of every moment before it: then the latest one is meant.
        as_loud = (
            best[0] * _AS_LOUD
            if found and best[2] and found[0].service == best[2][0].service and _dated(found[0], onset)
            else best[0]
        )
        if found and found[0].weight > as_loud:
            best = (max(best[0], found[0].weight), onset, found)
    weight, onset, suspects = best
    ends = [x[1] for x in (evidence.traced, evidence.measured) if x is not None]
    _score(suspects)
    return Diagnosis(onset, max(ends, default=onset), suspects, certain=weight >= _LEAST)


def _dated(suspect: Suspect, onset: int) -> bool:
    """Whether the cluster says that it was struck, not before ``onset``."""
    return any(c.proof.signal == "events" and c.weight >= _STRUCK and c.proof.at >= onset for c in suspect.clues)


def _near(onsets: Sequence[int], at: int) -> list[int]:
    """Alarms come late: rules look at minutes that are over. Nothing can be told from a moment at which there is no data."""
    near = [t for t in onsets if at - _LATE <= t <= at + _EARLY]
    return near or [at]


def _score(suspects: Sequence[Suspect]) -> None:
    """Each suspect's share of the belief, lowered where little speaks against anybody."""
    if not suspects:
        return
    top = suspects[0].weight
    shares = [math.exp(_SHARP * (s.weight - top)) for s in suspects]
    heard = top**2 / (top**2 + _HALF**2)
    for suspect, share in zip(suspects, shares, strict=True):
        suspect.score = heard * share / sum(shares)
