"""Time that appeared: between the two ends of a call (the network, a starved caller), or inside one service's own work."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from gomend.incidents import stats
from gomend.incidents.clues import Clue, Proof, Split
from gomend.incidents.visits import Call, Work

_LEAST_MS: Final = 8.0
"""A gap that grew by less is not worth a word: scheduling and timers reach a few milliseconds."""
_LEAST_WORK_MS: Final = 2.0
_QUERY: Final = re.compile(r"(?i)(?:select|insert|update|delete|replace|merge)\b|sql\.|query")
"""Names of database calls: their time is as likely the database's as the service's."""
_ODD_MS: Final = 100.0
"""Own time of one operation beyond which people wait (Nielsen's tenth of a second)."""
_FLOOR_MS: Final = 2.0
"""Spread below which gaps are not distinguished."""
_PAST: Final = 4
"""So many values make a past; with fewer, an edge is held against the typical edge of the system."""
_MANY: Final = 0.4
"""If three callees or more, and so many of all that a service calls, are slow at once, it is the caller: one fault is likelier than three."""
_ARROW: Final = " → "


class Edge(NamedTuple):
    """One edge of the call graph: median gaps before and after (ms), calls after, how surely it rose (nats), its slowest call."""

    caller: str
    callee: str
    weight: float
    before: float
    after: float
    n: int
    ref: str


class Calls:
    """Calls between services, ready to be cut at any moment."""

    def __init__(self, calls: Sequence[Call]) -> None:
        """Group by edge."""
        self._split = Split((c.caller + _ARROW + c.callee, c.at, c.gap) for c in calls)
        self._slow: dict[str, str] = {}
        worst: dict[str, float] = {}
        for c in calls:
            edge = c.caller + _ARROW + c.callee
            if c.gap > worst.get(edge, -math.inf):
                worst[edge], self._slow[edge] = c.gap, f"{c.trace}/{c.span}"

    def clues(self, onset: int, starving: Collection[str] = ()) -> list[Clue]:
        """One clue for each service that the risen edges point at.

        A slow network at a pod shows on the calls into it from whomever; a starved process shows on all its calls out. A callee whose only
        slow caller is slow with everybody, or is known to starve (``starving``), is explained by that caller.
        """
        edges = self.edges(onset)
        into: defaultdict[str, list[Edge]] = defaultdict(list)
        out: defaultdict[str, list[Edge]] = defaultdict(list)
        for edge in edges:
            into[edge.callee].append(edge)
            out[edge.caller].append(edge)
        starved = {s: _risen(there) for s, there in out.items() if len(_risen(there)) >= max(3, _MANY * len(there))}
        clues: list[Clue] = []
        for service, there in into.items():
            risen = _risen(there)
            if risen:
                share = len(risen) / len(there)
                weight = _mean(risen) * (0.3 + 0.7 * share) * (1 + 0.1 * min(3, len(risen) - 1))
                if all(e.caller in starved or e.caller in starving for e in risen):
                    weight *= 0.3
                clues.append(_clue(service, weight, risen))
        for service, there in out.items():
            risen = _risen(there)
            if len(risen) >= 2:
                share = len(risen) / len(there)
                weight = _mean(risen) * (share if service in starved else share**2) * min(1.3, 0.6 + 0.2 * len(risen))
                clues.append(_clue(service, weight, risen, starved=True))
        return clues

    def edges(self, onset: int) -> list[Edge]:
        """All edges with calls after ``onset``."""
        halves = {name: self._split.at(name, onset) for name in self._split.groups}
        typical = stats.median([stats.median(before or after) for before, after in halves.values()])
        # An edge without a past is held against the slow calls of a typical one.
        wide = stats.median([stats.quantile(sorted(before or after), 0.9) for before, after in halves.values()]) - typical
        edges: list[Edge] = []
        for name, (before, after) in halves.items():
            if len(after) < 2:
                continue
            if len(before) >= _PAST:
                usual = stats.median(before)
                noise = max(stats.spread(before, usual), 0.25 * abs(usual), _FLOOR_MS)
                z = stats.rank_z(before, after)
            else:
                usual, noise, z = typical, max(3 * abs(typical), 5.0, wide), math.sqrt(len(after))
            now = stats.median(after)
            strength = math.log1p(max(0.0, now - usual) / noise)
            sure = min(1.0, max(0.0, (z - 1) / 2))
            weight = strength * sure if now - usual > _LEAST_MS and strength > 0.9 else 0.0
            caller, callee = name.split(_ARROW)
            edges.append(Edge(caller, callee, weight, usual, now, len(after), self._slow[name]))
        return edges


def _risen(edges: Sequence[Edge]) -> list[Edge]:
    return [e for e in edges if e.weight > 0]


def _mean(edges: Sequence[Edge]) -> float:
    return sum(e.weight for e in edges) / len(edges)


def _clue(service: str, weight: float, risen: Sequence[Edge], *, starved: bool = False) -> Clue:
    top = max(risen, key=lambda e: e.weight)
    proof = Proof("calls", top.caller + _ARROW + top.callee, top.before, top.after, "ms", top.ref)
    return Clue(service, "cpu" if starved else "network_delay", weight, proof)


class Works:
    """Own time of operations, ready to be cut at any moment."""

    def __init__(self, works: Sequence[Work]) -> None:
        """Group by service and operation."""
        self._split = Split((w.service + "\n" + w.op, w.at, w.own) for w in works)
        self._slow: dict[str, str] = {}
        worst: dict[str, float] = {}
        for w in works:
            key = w.service + "\n" + w.op
            if w.own > worst.get(key, -math.inf):
                worst[key], self._slow[key] = w.own, f"{w.trace}/{w.span}"

    def clues(self, onset: int) -> list[Clue]:
        """One clue for each operation whose own time grew."""
        clues: list[Clue] = []
        # The largest of so many values of chance lies there; an operation must stand out from all the others.
        chance = math.sqrt(2 * math.log(max(2, len(self._split.groups))))
        for key in self._split.groups:
            before, after = self._split.at(key, onset)
            if len(after) < 2:
                continue
            service, op = key.split("\n", 1)
            outside = _QUERY.match(op) is not None
            if len(before) < _PAST:
                now = stats.median(after)
                if now > _ODD_MS:  # no past: only what is odd for any request
                    weight = 0.5 * math.log1p(now / _ODD_MS) * min(1.0, len(after) / 10 + 0.3)
                    clues.append(
                        Clue(
                            service,
                            "dependency" if outside else "cpu",
                            weight,
                            Proof("work", op, None, now, "ms", self._slow[key]),
                        )
                    )
                continue
            usual, now = stats.median(before), stats.median(after)
            noise = max(stats.spread(before, usual), 0.3 * usual, 1.0)
            late, slow = stats.quantile(sorted(after), 0.75), stats.quantile(sorted(before), 0.9)
            grew = now - usual
            if 0.7 * (late - slow) > grew:  # a starved process stalls some of its work, not all
                grew = 0.7 * (late - slow)
                usual, now = slow, late
            if grew < _LEAST_WORK_MS:
                continue
            sure = min(1.0, max(0.0, (stats.rank_z(before, after) - 0.5 * chance) / chance))
            weight = 0.8 * math.log1p(grew / noise) * sure * (0.5 if outside else 1.0)
            if weight > 0:
                clues.append(
                    Clue(
                        service,
                        "dependency" if outside else "cpu",
                        weight,
                        Proof("work", op, usual, now, "ms", self._slow[key]),
                    )
                )
        return clues
