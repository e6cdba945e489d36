"""Everything that the page of an incident shows, as plain values; what draws knows no telemetry."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from gomend.incidents import stats
from gomend.incidents.clues import Signal
from gomend.incidents.latency import Edge
from gomend.incidents.quality import Flaw
from gomend.incidents.rank import Diagnosis, Evidence, Suspect
from gomend.incidents.rows import Span
from gomend.incidents.templates import is_bad

_SECOND: Final = 10**9
_MINUTE: Final = 60 * _SECOND
_BEFORE: Final = 5 * _MINUTE
_BIN: Final = 5 * _SECOND
_NODES: Final = 12
_ROWS: Final = 22
_MINUTES: Final = 20
_WORTH: Final = 0.005
_METRICS: Final = 3


class Lane(NamedTuple):
    """One line of the timeline: bars (seconds from the start of the page, width in seconds, value) or marks (value 0)."""

    kind: str
    name: str
    bars: tuple[tuple[float, float, float], ...]
    unit: str


class Node(NamedTuple):
    """A service in the picture of the calls; ``blame`` is its score."""

    name: str
    level: int
    blame: float


class Row(NamedTuple):
    """One row of the evidence table; ``after_start`` is seconds."""

    service: str
    signal: Signal
    what: str
    after_start: float | None
    before: float | None
    after: float
    unit: str
    ref: str


class Bar(NamedTuple):
    """One span of a waterfall: milliseconds from the trace's start."""

    depth: int
    service: str
    op: str
    start: float
    length: float


class Page(NamedTuple):
    """All of it. Times are nanoseconds; ``seconds`` is the length of the timeline, ``onset`` where the start lies on it."""

    found: Diagnosis
    begin: int
    seconds: float
    onset: float
    lanes: tuple[Lane, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    rows: tuple[Row, ...]
    slow: tuple[Bar, ...]
    normal: tuple[Bar, ...]
    strip: tuple[tuple[str, tuple[int, ...]], ...]
    flaws: tuple[Flaw, ...]


def gather(evidence: Evidence, found: Diagnosis, flaws: Sequence[Flaw]) -> Page:
    """All that is shown of an incident that was found."""
    case = evidence.case
    spans = case.spans
    first = min((s.start for s in spans), default=found.start - _BEFORE)
    begin = max(min(first, found.start - _MINUTE), found.start - _BEFORE)
    end = max(found.end, found.start + _MINUTE)
    edges = evidence.calls.edges(found.start)
    nodes = _nodes(edges, found.suspects)
    shown = {n.name for n in nodes}
    slow, normal = _traces(evidence, found)
    return Page(
        found=found,
        begin=begin,
        seconds=(end - begin) / _SECOND,
        onset=(found.start - begin) / _SECOND,
        lanes=tuple(_lanes(evidence, found, begin, end)),
        nodes=nodes,
        edges=tuple(e for e in edges if e.caller in shown and e.callee in shown),
        rows=tuple(_rows(evidence, found)),
        slow=slow,
        normal=normal,
        strip=tuple(_strip(evidence, end)),
        flaws=tuple(flaws),
    )


def _lanes(evidence: Evidence, found: Diagnosis, begin: int, end: int) -> Iterable[Lane]:
    case = evidence.case
    known = {(s.trace, s.id) for s in case.spans}
    waits: defaultdict[int, list[float]] = defaultdict(list)
    for s in case.spans:
        if (s.trace, s.parent) not in known and begin <= s.start <= end:
            waits[(s.start - begin) // _BIN].append((s.end - s.start) / 1e6)
    if waits:
        bars = [(b * 5.0, 5.0, stats.quantile(sorted(v), 0.9)) for b, v in sorted(waits.items())]
        yield Lane("requests", "", tuple(bars), "ms")
    errors = Counter((x.at - begin) // _BIN for x in case.lines if begin <= x.at <= end and is_bad(x.text))
    if errors:
        yield Lane("errors", "", tuple((b * 5.0, 5.0, float(n)) for b, n in sorted(errors.items())), "")
    metrics = [c.proof for s in found.suspects[:2] if s.score >= _WORTH for c in s.clues if c.proof.signal == "metrics"][
        :_METRICS
    ]
    for proof in metrics:
        taken = sorted(
            x for x in case.samples if x.pod == proof.ref and x.metric == proof.what and begin <= x.at <= end + _MINUTE
        )
        gaps = [b.at - a.at for a, b in pairwise(taken) if b.at > a.at]
        wide = min(_MINUTE, int(stats.median(gaps))) if gaps else _MINUTE  # a sample stands for the time since the last one
        bars = [(max(0.0, (x.at - wide - begin) / _SECOND), wide / _SECOND, x.value) for x in taken]
        yield Lane("metric", f"{proof.what} {proof.ref}", tuple(bars), "")
    if case.events:
        marks = [((e.at - begin) / _SECOND, 0.0, 0.0) for e in case.events if begin <= e.at <= end]
        names = Counter(e.reason for e in case.events)
        yield Lane("events", ", ".join(names), tuple(marks), "")


def _nodes(edges: Sequence[Edge], suspects: Sequence[Suspect]) -> tuple[Node, ...]:
    """The suspects, whoever reaches the first of them, and whom it calls, in levels from the entry."""
    blame = {s.service: s.score for s in suspects}
    above: defaultdict[str, set[str]] = defaultdict(set)
    below: defaultdict[str, set[str]] = defaultdict(set)
    for e in edges:
        above[e.callee].add(e.caller)
        below[e.caller].add(e.callee)
    if not suspects:
        return ()
    chosen = [suspects[0].service]
    for name in chosen:  # callers of callers, as far as there is room
        chosen += [n for n in sorted(above[name], key=lambda n: -blame.get(n, 0)) if n not in chosen][: _NODES - len(chosen)]
    near = sorted(below[suspects[0].service], key=lambda n: -blame.get(n, 0))
    chosen += [n for n in near if n not in chosen][: max(0, _NODES - len(chosen))]
    inside = set(chosen)
    levels: dict[str, int] = {}
    layer = [n for n in chosen if not above[n] & inside] or chosen[:1]
    level = 0
    while layer:
        for n in layer:
            levels.setdefault(n, level)
        layer = sorted({m for n in layer for m in below[n] & inside if m not in levels})
        level += 1
    return tuple(Node(n, levels.get(n, 0), blame.get(n, 0.0)) for n in sorted(chosen, key=lambda n: (levels.get(n, 0), n)))


def _rows(evidence: Evidence, found: Diagnosis) -> Iterable[Row]:
    starts = {(s.trace, s.id): s.start for s in evidence.case.spans}
    for suspect in [s for i, s in enumerate(found.suspects[:3]) if i == 0 or s.score >= _WORTH]:
        for clue in suspect.clues[:6]:
            proof = clue.proof
            trace, _, span = proof.ref.partition("/")
            at = proof.at or starts.get((trace, span), 0)
            after = (at - found.start) / _SECOND if at else None
            yield Row(suspect.service, proof.signal, proof.what, after, proof.before, proof.after, proof.unit, proof.ref)


def _traces(evidence: Evidence, found: Diagnosis) -> tuple[tuple[Bar, ...], tuple[Bar, ...]]:
    """The trace of the strongest clue that has one, and a normal one of the same kind before the start (else the fastest)."""
    by_trace: defaultdict[str, list[Span]] = defaultdict(list)
    for s in evidence.case.spans:
        by_trace[s.trace].append(s)
    for clue in (
        c for suspect in found.suspects[:3] for c in suspect.clues
    ):  # a kill has no trace, those who waited for it have
        trace = clue.proof.ref.partition("/")[0]
        if trace in by_trace:
            entry = min(by_trace[trace], key=lambda s: s.start)
            pods = {s.pod for s in by_trace[trace]}
            same: list[tuple[bool, float, str]] = []
            for other, spans in by_trace.items():
                root = min(spans, key=lambda s: s.start)
                if other != trace and root.op == entry.op and len(pods ^ {s.pod for s in spans}) <= 1:
                    same.append((root.start >= found.start, (root.end - root.start) / 1e6, other))
            before = sorted(t for t in same if not t[0])
            choice = before[len(before) // 2] if before else min(same, default=None)
            owners = evidence.case.owners
            return _bars(by_trace[trace], owners), _bars(by_trace[choice[2]], owners) if choice else ()
    return (), ()


def _bars(spans: Sequence[Span], owners: dict[str, str]) -> tuple[Bar, ...]:
    """The longest spans of a trace in the order of their start, each with its depth."""
    by_id = {s.id: s for s in spans}
    start = min(s.start for s in spans)

    def depth(s: Span) -> int:
        n = 0
        seen = {s.id}
        while (parent := by_id.get(s.parent)) is not None and parent.id not in seen:
            s, n = parent, n + 1
            seen.add(s.id)
        return n

    longest = sorted(spans, key=lambda s: s.start - s.end)[:_ROWS]
    longest.sort(key=lambda s: (s.start, depth(s)))
    return tuple(Bar(depth(s), owners[s.pod], s.op, (s.start - start) / 1e6, (s.end - s.start) / 1e6) for s in longest)


def _strip(evidence: Evidence, end: int) -> Iterable[tuple[str, tuple[int, ...]]]:
    """How many rows of each signal each of the last minutes has."""
    case = evidence.case
    last = end // _MINUTE
    for name, times in (
        ("traces", (s.start for s in case.spans)),
        ("logs", (x.at for x in case.lines)),
        ("metrics", (s.at for s in case.samples)),
        ("events", (e.at for e in case.events)),
    ):
        counts = Counter(t // _MINUTE for t in times)
        yield name, tuple(counts[m] for m in range(last - _MINUTES + 1, last + 1))
