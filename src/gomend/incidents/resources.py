"""What the metrics of pods say: processor, memory, system calls, latency; and what the cluster says of the pods."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from gomend.incidents import stats
from gomend.incidents.clues import Clue, Kind, Proof
from gomend.incidents.rows import Event, Sample

Class = Literal["cpu", "cpu%", "memory", "memory%", "latency", "client", "syscalls"]
_CLASSES: Final[tuple[tuple[re.Pattern[str], Class | None], ...]] = (
    (re.compile(r"(?i)^node"), None),  # a node's load belongs to all its pods
    (re.compile(r"(?i)memory.*(?:rate|%|percent|ratio)"), "memory%"),
    (re.compile(r"(?i)cpu.*(?:rate\(|%|percent|ratio)"), "cpu%"),
    (re.compile(r"(?i)cpu"), "cpu"),
    (re.compile(r"(?i)memory|resident"), "memory"),
    (re.compile(r"(?i)server.*latency.*p90|server.*duration.*p90"), "latency"),
    (re.compile(r"(?i)client.*latency.*p9[05]|client.*duration.*p9[05]"), "client"),
    (re.compile(r"(?i)syscall"), "syscalls"),
)
_LOAD: Final = re.compile(r"(?i)workload.*ops|requests?_per_second|\brps\b|\bqps\b")
_RELATIVE: Final[dict[Class, float]] = {
    "cpu": 0.15,
    "cpu%": 0.15,
    "memory": 0.02,
    "memory%": 0.02,
    "latency": 0.15,
    "client": 0.15,
    "syscalls": 0.15,
}
"""Changes are measured against this share of the usual value at least."""
_WILD: Final = 12.0
"""Percentiles of few calls jump: beyond this many times their noise they say no more."""
_SLOT_NS: Final = 30 * 10**9
_ALIKE: Final = 0.5
"""Correlation of two loads from which one service may call the other."""
_FULL: Final = 90.0
"""Per cent of its limit at which a container lives on borrowed time."""
_RECENT: Final = 20
"""So many samples make the past: older ones may belong to another incident."""
_LATE_NS: Final = 15 * 10**9
"""A sample stands for the minute before it: one taken just after the onset is mostly past."""
_STARVES: Final = 60.0
"""Per cent of its processor limit from which a container is held back now and then: the kernel counts in slices of a tenth of a second."""
_REASONS: Final[dict[str, Kind]] = {
    "OOMKilled": "memory",
    "OOMKilling": "memory",
    "BackOff": "exception",
    "Unhealthy": "exception",
    "ScalingReplicaSet": "deploy",
    "Deployed": "deploy",
}


class _Series(NamedTuple):
    pod: str
    metric: str
    kind: Class
    times: list[int]
    values: list[float]


class Metrics:
    """The metrics of pods that a class is known for, ready to be cut at any moment."""

    def __init__(self, samples: Sequence[Sample], owners: Mapping[str, str]) -> None:
        """Group by pod and metric."""
        groups: defaultdict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
        classes: dict[str, Class | None] = {m: _class(m) for m in {s.metric for s in samples}}
        for s in samples:
            if classes[s.metric] is not None:
                groups[s.pod, s.metric].append((s.at, s.value))
        self._owners = owners
        self._loads = _loads(samples, owners)
        self._series: list[_Series] = []
        for (pod, metric), pairs in groups.items():
            kind = classes[metric]
            if kind is not None:
                pairs.sort()
                self._series.append(_Series(pod, metric, kind, [t for t, _ in pairs], [v for _, v in pairs]))
        self._limits = {s.pod: s for s in self._series if s.kind == "cpu%"}

    def clues(self, onset: int, *, traced: bool = False, alone: bool = False) -> list[Clue]:
        """At most one clue for each service and class: its pod and metric that moved most.

        ``traced``: traces cover both sides of the onset, and what latency metrics repeat of them with noise counts less. ``alone``: there are
        neither traces nor log lines of requests, and latencies of callers must stand for them.
        """
        moved: list[tuple[float, _Series, float, float, int]] = []
        noise: defaultdict[str, list[float]] = defaultdict(list)
        for s in self._series:
            cut = bisect_right(s.times, onset)
            before, after = s.values[max(0, cut - _RECENT) : cut], s.values[bisect_right(s.times, onset + _LATE_NS) :]
            if len(before) < 2 or not after:
                continue
            usual = stats.median(before)
            spread = stats.spread(before, usual)
            noise[s.metric].append(spread)
            now = stats.median(after)
            if now > usual:
                now = max(now, stats.median(after[-2:]))
            moved.append((spread, s, usual, now, cut))
        floors = {m: 3 * stats.median(values) for m, values in noise.items()}
        best: dict[tuple[str, Class], Clue] = {}
        for spread, s, usual, now, cut in moved:
            past = s.values[: max(0, cut - 2)]
            scale = max(spread, _RELATIVE[s.kind] * abs(usual), floors[s.metric])
            if s.kind in {"latency", "syscalls"}:
                scale = max(scale, _excursion(past, usual, now))
            if scale <= 0:
                continue
            clue = _clue(self._owners[s.pod], s, (now - usual) / scale, usual, now)
            if clue is None:
                continue
            if s.kind in {"cpu", "cpu%"}:
                factor = self._starves(s.pod, onset)
            else:
                factor = 1 / (1 + 0.5 * _episodes(past, usual, now))
                if traced and s.kind in {"latency", "syscalls"}:
                    factor *= 0.3
            clue = clue._replace(weight=factor * clue.weight)
            if clue.weight > best.get((clue.service, s.kind), clue._replace(weight=0.0)).weight:
                best[clue.service, s.kind] = clue
        # The two views of the processor are one clue: the stronger.
        for service, kind in list(best):
            if kind == "cpu" and (service, "cpu%") in best:
                weaker: Class = min(("cpu", "cpu%"), key=lambda k: best[service, k].weight)
                del best[service, weaker]
        if alone:
            return self._waiting(best)
        return [clue for (_, kind), clue in best.items() if kind != "client"]

    def _starves(self, pod: str, onset: int) -> float:
        """How far a pod's use of its processor limit can hold it back: a service that has most of it left is not starved."""
        series = self._limits.get(pod)
        if series is None:
            return 1.0
        after = series.values[bisect_right(series.times, onset + _LATE_NS) :]
        most = max(after, default=0.0) * (1.0 if max(series.values) > 1.5 else 100.0)
        return min(1.0, 0.25 + most / _STARVES)

    def _waiting(self, best: dict[tuple[str, Class], Clue]) -> list[Clue]:
        """Without traces: a service whose own calls became slow waits for one of those whose load has its rhythm."""
        clues = {key: clue for key, clue in best.items() if key[1] != "client"}
        for (service, kind), clue in best.items():
            if kind != "client":
                continue
            if (service, "latency") in clues:
                clues[service, "latency"] = best[service, "latency"]._replace(weight=0.5 * best[service, "latency"].weight)
            for other, load in self._loads.items():
                alike = 0.7 if other == service else stats.correlation(self._loads.get(service, {}), load)
                blamed = clue._replace(service=other, weight=alike**2 * clue.weight)
                held = clues.get((other, "client"))
                if alike >= _ALIKE and (held is None or blamed.weight > held.weight):
                    clues[other, "client"] = blamed
        return list(clues.values())


def _episodes(past: Sequence[float], usual: float, now: float) -> int:
    """How often the past was as far from the usual, for two samples on the average: what comes and goes is no news."""
    found, inside = 0, False
    for one, other in pairwise(past):
        far = (one + other) / 2
        beyond = far >= now if now > usual else far <= now
        found += beyond and not inside
        inside = beyond
    return found


def _excursion(past: Sequence[float], usual: float, now: float) -> float:
    """How far the past went to that side in one of seven pairs of samples: many series have a heavy tail."""
    side = 1 if now > usual else -1
    return (
        max(0.0, stats.quantile(sorted(side * ((a + b) / 2 - usual) for a, b in pairwise(past)), 0.85))
        if len(past) > 2
        else 0.0
    )


def _loads(samples: Sequence[Sample], owners: Mapping[str, str]) -> dict[str, dict[int, float]]:
    """Requests per second of each service, by half minute."""
    loads: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for s in samples:
        if is_load(s.metric):
            slot = s.at // _SLOT_NS
            loads[owners[s.pod]][slot] = loads[owners[s.pod]].get(slot, 0.0) + s.value
    return loads


def _class(metric: str) -> Class | None:
    return next((kind for pattern, kind in _CLASSES if pattern.search(metric)), None)


def _clue(service: str, s: _Series, z: float, usual: float, now: float) -> Clue | None:
    """The clue of one series that moved by ``z`` of its noise."""
    proof = Proof("metrics", s.metric, usual, now, "", s.pod)
    match s.kind:
        case "cpu":  # absolute usage follows the load; the share of the limit says more
            return _over(service, "cpu", z / 2, 2, 1.0, proof)
        case "cpu%":
            return _over(service, "cpu", z, 2, 1.0, proof)
        case "memory":  # a step either way is a process that began anew
            clue = _over(service, "exception", abs(z), 2, 0.8, proof)
            return clue._replace(weight=min(1.6, clue.weight)) if clue else None
        case "memory%":
            return Clue(service, "memory", 1.5, proof) if now >= _FULL > usual + 10 else None
        case "latency":
            return _over(service, "exception", z, 3, 0.4, proof)
        case "client":
            return _over(service, "network_delay", min(z, _WILD), 3, 0.4, proof)
        case "syscalls":
            return _over(service, "exception", z, 3, 0.3, proof)


def _over(service: str, kind: Kind, z: float, least: float, factor: float, proof: Proof) -> Clue | None:
    return Clue(service, kind, factor * math.log1p(z - least), proof) if z > least else None


def event_clues(events: Sequence[Event], owners: Mapping[str, str], onset: int) -> list[Clue]:
    """One clue for each service and kind that the cluster names from a minute before the onset: a container that was killed says so itself."""
    best: dict[tuple[str, Kind], Clue] = {}
    for e in events:
        kind = _REASONS.get(e.reason)
        service = owners.get(e.pod)
        if kind is not None and service is not None and e.at >= onset - 60 * 10**9:
            weight = 4.0 if kind == "memory" else 1.0
            best.setdefault((service, kind), Clue(service, kind, weight, Proof("events", e.reason, 0, 1, "", e.pod, e.at)))
    return list(best.values())


def is_load(metric: str) -> bool:
    """Whether a metric counts the requests of a pod per second."""
    return _LOAD.search(metric) is not None


def matters(metric: str) -> bool:
    """Whether anything here looks at a metric; the others need not be held."""
    return _class(metric) is not None or is_load(metric)
