"""Faults made on purpose inside fault-free telemetry: cases with a known cause that nobody looked at while weights were set.

A case is made from whole requests (spans and their log lines) that were recorded before any fault, drawn again at the rate at which they came, over
three minutes, and from the metrics of an hour in which nothing was injected in the end. From a moment on, one fault acts on one pod: what it does to
a request is done to the tree of its spans, so that whoever waits is late as well. :func:`make` is given a random source: same source, same case.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gomend.incidents.naming import service_of
from gomend.incidents.rows import Case, Event, Line, Sample, Span

SECOND = 10**9
MS = 10**6
BEFORE, AFTER = 60 * SECOND, 120 * SECOND
"""Telemetry of so long on both sides of the start."""
UNTRACED = 240
"""Seconds that a stretch without traces counts for: as many as starts are tried in."""
CUT = 230 * SECOND
"""The start lies so long before the end of the fault-free metrics."""


class Fault(NamedTuple):
    """What is done, how hard (``power`` in milliseconds, times, or share of requests; see :data:`POWERS`)."""

    kind: str
    power: float


POWERS: dict[str, tuple[float, ...]] = {
    "network_delay": (25, 100, 1000),
    "cpu": (3, 10, 40),
    "exception": (0.3, 0.6, 1.0),
    "return": (0.3, 0.6, 1.0),
    "pool_exhaustion": (100, 500, 3000),
    "deploy": (3, 10, 40),
    "dependency": (50, 300, 2000),
}
"""Small, middle and large by kind: milliseconds on each call; own time times so much; share of requests that break off; that are answered wrongly;
milliseconds of waiting for a connection; own time times so much in a new version; milliseconds of something outside that is called."""


@dataclass
class Pool:
    """Fault-free requests of one system and its pods: spans and lines by request, and seconds that they cover."""

    requests: list[tuple[list[Span], list[Line]]] = field(default_factory=list)
    seconds: float = 0.0


def gather(cases: Sequence[tuple[Case, int]]) -> Pool:
    """All requests that were over before the fault of their case (nanoseconds)."""
    pool = Pool()
    for case, until in cases:
        traces: defaultdict[str, list[Span]] = defaultdict(list)
        for s in case.spans:
            traces[s.trace].append(s)
        said: defaultdict[str, list[Line]] = defaultdict(list)
        for x in case.lines:
            said[x.trace].append(x)
        calm = [spans for spans in traces.values() if max(s.end for s in spans) < until]
        pool.requests += [(sorted(spans, key=lambda s: s.start), said[spans[0].trace]) for spans in calm]
        if calm:
            pool.seconds += (until - min(s.start for spans in calm for s in spans)) / SECOND
    return pool


class _Hit(NamedTuple):
    """What a fault does to one request, by index of span: waits before work, delays on the way in and out, children that never come."""

    wait: dict[int, int]
    way: dict[int, int]
    gone: set[int]


def _trees(spans: Sequence[Span]) -> tuple[list[list[int]], list[int]]:
    place = {s.id: i for i, s in enumerate(spans)}
    below: list[list[int]] = [[] for _ in spans]
    roots = []
    for i, s in enumerate(spans):
        above = place.get(s.parent)
        if above is None or above == i:
            roots.append(i)
        else:
            below[above].append(i)
    return below, roots


def _retimed(spans: Sequence[Span], hit: _Hit) -> tuple[list[Span], dict[str, Callable[[int], int]]]:
    """The spans after the hit, and by span id how much later a moment inside it is now."""
    below, roots = _trees(spans)
    out: dict[int, Span] = {}
    later: dict[str, Callable[[int], int]] = {}

    def walk(i: int, shift: int) -> int:
        s = spans[i]
        shift += hit.way.get(i, 0) // 2
        ended: list[tuple[int, int]] = [(s.start, s.start + shift + hit.wait.get(i, 0))]

        def at(moment: int) -> int:
            """What has ended by then, and when it ends now: the next step follows the last of them."""
            past = [e for e in ended if e[0] <= moment]
            return max(now for _, now in past) - max(was for was, _ in past) if past else shift

        for c in below[i]:
            if c in hit.gone:
                continue
            ended.append((spans[c].end, spans[c].end + walk(c, at(spans[c].start))))
        for c in below[i]:  # asynchronous frameworks: who waits is a sibling
            waits = [d for d in below[i] if d != c and spans[c].start <= spans[d].start and spans[d].end <= spans[c].end + MS]
            if c in out and not below[c] and waits:
                later_by = max((out[d].end - spans[d].end for d in waits if d in out), default=0)
                out[c] = out[c]._replace(end=max(out[c].start, spans[c].end + later_by))
        end = s.end + at(s.end + MS)
        if any(c in hit.gone for c in below[i]):  # it broke off: it ends soon after the last thing it did
            end = max([now for was, now in ended if was <= s.end]) + MS
        out[i] = s._replace(start=s.start + shift, end=max(end, s.start + shift))
        later[s.id] = at
        return out[i].end - s.end + (hit.way.get(i, 0) + 1) // 2

    for r in roots:
        walk(r, 0)
    return [out[i] for i in sorted(out)], later


def make(pool: Pool, metrics: Case, end: int, fault: Fault | None, rng: random.Random) -> tuple[Case, str, int]:
    """A case, the service that is at fault (empty for none) and when it began; ``metrics`` are fault-free until ``end`` (nanoseconds)."""
    start = end - CUT
    case = Case(owners=dict(metrics.owners))
    case.samples = [s for s in metrics.samples if start - 3600 * SECOND <= s.at <= start + AFTER + 60 * SECOND and s.at <= end]
    rate = len(pool.requests) / pool.seconds
    first, moments = start - BEFORE, []
    at = first + rng.expovariate(rate) * SECOND
    while at < start + AFTER:
        moments.append(int(at))
        at += rng.expovariate(rate) * SECOND
    chosen = [pool.requests[rng.randrange(len(pool.requests))] for _ in moments]
    act = _Act(fault, chosen, moments, start, case, rng) if fault is not None else None
    for n, ((spans, lines), moment) in enumerate(zip(chosen, moments, strict=True)):
        _add(case, spans, lines, moment, f"{n:032x}", act if act is not None and moment >= start else None)
    if act is not None:
        act.on_metrics()
    for pod in {s.pod for s in case.spans} | {x.pod for x in case.lines}:
        case.owners.setdefault(pod, service_of(pod))
    case.counts = {"spans": len(case.spans), "lines": len(case.lines), "samples": len(case.samples)}
    return case, act.service if act is not None else "", start


def _add(case: Case, spans: list[Span], lines: list[Line], moment: int, trace: str, act: _Act | None) -> None:
    by = moment - spans[0].start
    hit = act.hits(spans) if act is not None else None
    kept, later = _retimed(spans, hit) if hit is not None else (spans, {})
    names = {s.id for s in kept}
    for s in kept:
        case.spans.append(s._replace(trace=trace, start=s.start + by, end=s.end + by, pod=act.pod_now(s.pod) if act else s.pod))
    for x in lines:
        if hit is not None and x.span in {s.id for s in spans} and x.span not in names:
            continue
        moved = later[x.span](x.at) if x.span in later else 0
        case.lines.append(x._replace(trace=trace, at=x.at + by + moved, pod=act.pod_now(x.pod) if act else x.pod))
    if act is not None and hit is not None:
        for s, said in act.says(kept, hit):
            case.lines.append(Line(s.end + by - MS // 2, act.pod_now(s.pod), trace, s.id, said))


class _Act:
    """One fault on one pod."""

    def __init__(
        self,
        fault: Fault,
        chosen: Sequence[tuple[list[Span], list[Line]]],
        moments: Sequence[int],
        start: int,
        case: Case,
        rng: random.Random,
    ) -> None:
        self.fault, self.start, self.case, self.rng = fault, start, case, rng
        self._op = ""
        seen: defaultdict[str, int] = defaultdict(int)
        for (spans, _), moment in zip(chosen, moments, strict=True):
            if moment >= start:
                for pod in self.worth(spans):
                    seen[pod] += 1
        pods = sorted(pod for pod, n in seen.items() if n >= 8) or sorted(seen)
        self.pod = rng.choice(pods)
        self.service = case.owners.get(self.pod) or service_of(self.pod)
        self.logged = bool(any(lines for _, lines in chosen))
        self.new = f"{self.service}-{rng.randrange(16**9):09x}-" + "".join(rng.choices("bcdfghjklmnpqrstvwxz2456789", k=5))
        if fault.kind == "deploy":
            case.owners[self.new] = self.service

    def pod_now(self, pod: str) -> str:
        return self.new if self.fault.kind == "deploy" and pod == self.pod else pod

    def worth(self, spans: Sequence[Span]) -> set[str]:
        """Pods on which this fault would be felt by this request."""
        below, roots = _trees(spans)
        entries = {
            i
            for i, s in enumerate(spans)
            if i not in roots and any(i in b and spans[j].pod != s.pod for j, b in enumerate(below))
        }
        match self.fault.kind:
            case "network_delay" | "return":
                return {spans[i].pod for i in entries}
            case "pool_exhaustion" | "dependency":
                return {spans[i].pod for i in _leaves(spans, below)}
            case "exception":
                return {s.pod for i, s in enumerate(spans) if below[i]}
            case _:
                return {s.pod for s in spans}

    def hits(self, spans: Sequence[Span]) -> _Hit | None:
        if not any(s.pod == self.pod for s in spans):
            return None
        below, _ = _trees(spans)
        above = {c: i for i, b in enumerate(below) for c in b}
        hit = _Hit({}, {}, set())
        power, rng = self.fault.power, self.rng
        mine = [i for i, s in enumerate(spans) if s.pod == self.pod]
        match self.fault.kind:
            case "network_delay":
                for i in mine:
                    if i in above and spans[above[i]].pod != self.pod:
                        hit.way[i] = int(power * rng.uniform(0.95, 1.05) * MS)
            case "cpu" | "deploy":
                for i in mine:
                    own = spans[i].end - spans[i].start - sum(spans[c].end - spans[c].start for c in below[i])
                    own = min(max(own, 0), 200 * MS) + MS // 2
                    if rng.random() < 0.7:
                        hit.wait[i] = int(own * (power - 1) * rng.uniform(0.3, 1.7))
            case "exception":
                for i in mine:
                    entry = i not in above or spans[above[i]].pod != self.pod
                    if entry and below[i] and rng.random() < power:
                        inner = i
                        while len(below[inner]) == 1 and spans[below[inner][0]].pod == self.pod and below[below[inner][0]]:
                            inner = below[inner][0]
                        if below[inner]:
                            hit.gone.update(below[inner][len(below[inner]) // 3 :])
            case "return":
                for i in mine:
                    up = above.get(i)
                    if up is not None and spans[up].pod != self.pod and rng.random() < power:
                        while up in above and spans[above[up]].pod == spans[up].pod:
                            after = [c for c in below[above[up]] if spans[c].start >= spans[up].end]
                            hit.gone.update(after)
                            up = above[up]
            case "pool_exhaustion":
                for i in mine:
                    if i in _leaves(spans, below):
                        hit.wait[i] = int(power * rng.uniform(0.5, 1.5) * MS)
            case "dependency":
                for i in mine:
                    if i in _leaves(spans, below) and spans[i].op == self._outside(spans, below):
                        hit.wait[i] = int(power * rng.uniform(0.9, 1.1) * MS)
            case _:
                pass
        return hit if hit.wait or hit.way or hit.gone else None

    def _outside(self, spans: Sequence[Span], below: list[list[int]]) -> str:
        if not self._op:
            self._op = min(spans[i].op for i in _leaves(spans, below) if spans[i].pod == self.pod)
        return self._op

    def says(self, kept: Sequence[Span], hit: _Hit) -> list[tuple[Span, str]]:
        if not self.logged:
            return []
        mine = [s for s in kept if s.pod == self.pod]
        match self.fault.kind:
            case "exception" if hit.gone and mine:
                return [(mine[-1], "ERROR java.lang.NullPointerException: null at com.example.Handler.handle(Handler.java:42)")]
            case "return" if hit.gone and mine:
                return [(mine[-1], f"WARN [answer][not found][id: {self.rng.randrange(10**6)}]")]
            case "pool_exhaustion" if hit.wait and mine and self.rng.random() < 0.3:
                return [(mine[-1], "WARN pool main: connection is not available, request timed out after 3000ms")]
            case _:
                return []

    def on_metrics(self) -> None:
        """The pod's own counters; an hour of metrics knows no other of the fault."""
        late = self.start + 15 * SECOND
        samples = self.case.samples
        samples[:] = [self._measured(s) if s.pod == self.pod and s.at > late else s for s in samples]
        if self.fault.kind == "deploy":
            self.case.events.append(Event(self.start, self.new, "Started", "Started container"))

    def _measured(self, s: Sample) -> Sample:
        if self.fault.kind == "deploy":
            value = s.value * self.rng.uniform(0.75, 0.85) if "Memory" in s.metric else s.value
            return s._replace(pod=self.new, value=value)
        if self.fault.kind == "cpu" and s.metric.startswith("CpuUsage"):
            top = 90.0 if "%" in s.metric else 300.0
            return s._replace(value=min(max(s.value * self.fault.power, s.value + 1), max(top, s.value)))
        return s


def _leaves(spans: Sequence[Span], below: list[list[int]]) -> list[int]:
    """Spans that call something outside: a client's call without a server's span, most often a database."""
    return [
        i
        for i, s in enumerate(spans)
        if not below[i]
        and any(
            w in s.op.lower()
            for w in ("select", "insert", "update", "delete", "repository", "redis", "mongo", "sql", "find", "query")
        )
    ]
