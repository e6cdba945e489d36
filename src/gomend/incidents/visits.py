"""Fold spans into visits: what one service did for one call, with the calls it made to others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gomend.incidents.rows import Line, Span

_MS = 1e6
_SLACK = 1_000_000
"""A sibling may end a millisecond after the span that waits for it."""


class Call(NamedTuple):
    """A call from one service to another. ``gap`` is the time between the two ends that neither explains: the network and queues (ms)."""

    at: int
    caller: str
    callee: str
    gap: float
    trace: str
    span: str


class Work(NamedTuple):
    """One span's own time (ms): its duration less that of its children, for spans that called no other service."""

    at: int
    service: str
    op: str
    own: float
    trace: str
    span: str


@dataclass(slots=True)
class Visit:
    """The spans of one pod that hang together below one entry."""

    service: str
    op: str
    start: int
    end: int
    trace: str
    span: str
    did: set[str] = field(default_factory=set)
    """Its operations inside, ``op …``, its calls, ``call …``, and, added later, its log templates, ``log …``."""
    last: str = ""
    """The service that it called last."""
    last_at: int = 0


class Folded(NamedTuple):
    """All spans, folded; ``of`` finds a span's visit by trace and span."""

    visits: list[Visit]
    calls: list[Call]
    works: list[Work]
    of: dict[tuple[str, str], Visit]


def fold(spans: Sequence[Span], owners: Mapping[str, str]) -> Folded:
    """Fold; a span whose parent is missing is an entry of its own. Loops in damaged data end where they were first seen."""
    by_id = {(s.trace, s.id): s for s in spans}
    children: defaultdict[tuple[str, str], list[Span]] = defaultdict(list)
    for s in spans:
        if s.parent and (s.trace, s.parent) in by_id and s.parent != s.id:
            children[s.trace, s.parent].append(s)
    visits: list[Visit] = []
    of: dict[tuple[str, str], Visit] = {}
    calls: list[Call] = []
    works: list[Work] = []
    for s in sorted(spans, key=lambda s: s.start):
        _visit(s, by_id, owners, visits, of)
    for s in spans:
        key = (s.trace, s.id)
        below = children.get(key, ())
        away = [c for c in below if c.pod != s.pod]
        visit = of[key]
        duration = (s.end - s.start) / _MS
        if not away:
            if not below:  # asynchronous frameworks start the work as a sibling inside
                below = [c for c in children.get((s.trace, s.parent), ()) if s.start <= c.start and c.end <= s.end + _SLACK]
                below = [c for c in below if c.id != s.id]
            works.append(Work(s.start, visit.service, s.op, max(0.0, duration - _covered(s, below)), s.trace, s.id))
            if visit.span != s.id:
                visit.did.add(f"op {s.op}")
            continue
        callee = owners[away[0].pod]
        calls.append(Call(s.start, visit.service, callee, duration - sum(c.end - c.start for c in away) / _MS, s.trace, s.id))
        for c in away:
            visit.did.add(f"call {owners[c.pod]} {c.op}")
        if s.start >= visit.last_at:
            visit.last, visit.last_at = callee, s.start
    return Folded(visits, calls, works, of)


def _visit(
    s: Span,
    by_id: dict[tuple[str, str], Span],
    owners: Mapping[str, str],
    visits: list[Visit],
    of: dict[tuple[str, str], Visit],
) -> None:
    """Find or make the visit of a span, and of all spans between it and its entry."""
    path: list[Span] = []
    seen: set[str] = set()
    here = s
    while (here.trace, here.id) not in of:
        path.append(here)
        seen.add(here.id)
        above = by_id.get((here.trace, here.parent))
        if above is None or above.pod != here.pod or above.id in seen:
            of[here.trace, here.id] = made = Visit(owners[here.pod], here.op, here.start, here.end, here.trace, here.id)
            visits.append(made)
            break
        here = above
    visit = of[here.trace, here.id]
    for p in path:
        of[p.trace, p.id] = visit


def _covered(s: Span, below: Sequence[Span]) -> float:
    """Milliseconds of ``s`` during which one of its children ran."""
    total, until = 0, s.start
    for c in sorted(below, key=lambda c: c.start):
        start, end = max(c.start, until), min(c.end, s.end)
        if end > start:
            total += end - start
            until = end
    return total / _MS


def add_lines(folded: Folded, lines: Sequence[Line], owners: Mapping[str, str]) -> None:
    """Make visits and calls of log lines whose trace was not sampled or never arrived.

    The lines of one pod in one trace are a visit. Where the next line of a trace comes from another pod, the time between the two stands for
    the gap of a call: it has work in it too, but a slow network shows in it all the same.
    """
    known = {v.trace for v in folded.visits}
    traces: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.trace and line.trace not in known:
            traces[line.trace].append(line)
    for trace, said in traces.items():
        said.sort()
        here: dict[str, Visit] = {}
        above: list[str] = []
        for i, line in enumerate(said):
            service = owners[line.pod]
            if line.pod not in here:
                here[line.pod] = Visit(service, "", line.at, line.at, trace, line.span)
                folded.visits.append(here[line.pod])
            visit = here[line.pod]
            visit.end = line.at
            folded.of[trace, line.span] = visit
            if i and said[i - 1].pod != line.pod:
                last, gap = owners[said[i - 1].pod], (line.at - said[i - 1].at) / _MS
                if service in above:  # it answered: the way back belongs to the same call
                    del above[above.index(service) + 1 :]
                    folded.calls.append(Call(said[i - 1].at, service, last, gap, trace, line.span))
                else:
                    folded.calls.append(Call(said[i - 1].at, last, service, gap, trace, line.span))
            if service not in above:
                above.append(service)
