"""What is wrong with the telemetry itself: said beside every answer, and mended where it can be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from gomend.incidents import stats
from gomend.incidents.resources import is_load
from gomend.incidents.rows import Case, Sample, Span

_SECOND: Final = 10**9
_MINUTE: Final = 60 * _SECOND
_ZONE: Final = 15 * _MINUTE
"""Time zones differ by multiples of a quarter of an hour."""
_LEAST_ZONE: Final = 30 * _MINUTE
_SKEW: Final = 0.25 * _SECOND
"""Clocks that differ by less do not matter to windows of seconds."""
_ORPHANS: Final = 0.05
_RAGGED: Final = 0.001
_SAMPLED: Final = 0.4
"""A smaller share of requests with a trace is named; counters and traces never agree exactly."""


class Flaw(NamedTuple):
    """One thing wrong: a stable name, what it concerns, how much."""

    what: str
    where: str
    amount: float = 0.0


def mend_zones(case: Case) -> list[Flaw]:
    """Shift signals whose clock is hours away from the others back onto it; says which and by how many hours.

    Traces set the clock; without traces there is nothing to hold the others against but each other: logs follow metrics.
    """
    spans = [s.start for s in case.spans]
    taken = [s.at for s in case.samples]
    lines = [x.at for x in case.lines]
    flaws: list[Flaw] = []
    reference = spans or taken
    if not reference:
        return flaws
    for name, times in (("metrics", taken), ("logs", lines)):
        if not times or times is reference:
            continue
        off = max(times) - max(reference)
        shift = round(off / _ZONE) * _ZONE
        if abs(shift) < _LEAST_ZONE or min(times) <= max(reference) <= max(times):
            continue
        flaws.append(Flaw("time-zone-shift", name, shift / _SECOND / 3600))
        if name == "metrics":
            case.samples[:] = [s._replace(at=s.at - shift) for s in case.samples]
        else:
            case.lines[:] = [x._replace(at=x.at - shift) for x in case.lines]
    return flaws


def mend_clocks(case: Case) -> list[Flaw]:
    """Shift the spans of pods whose clock differs onto the clock of their neighbours; says which and by how many seconds."""
    found = _skewed(case.spans)
    by = {flaw.where: round(flaw.amount * _SECOND) for flaw in found}
    if by:
        moved = ((s, by.get(s.pod, 0)) for s in case.spans)
        case.spans[:] = [s._replace(start=s.start - off, end=s.end - off) if off else s for s, off in moved]
    return found


def flaws(case: Case, onset: int | None) -> list[Flaw]:
    """All other flaws; ``onset`` is the start of the incident, if there is one."""
    found = [Flaw("missing", name) for name, rows in _signals(case) if not rows]
    found += _counted(case)
    found += _holes(case.spans)
    if case.spans:
        known = {(s.trace, s.id) for s in case.spans}
        parented = [s for s in case.spans if s.parent and s.parent != "root"]
        orphans = sum((s.trace, s.parent) not in known for s in parented)
        if parented and orphans > _ORPHANS * len(parented):
            found.append(Flaw("orphans", "traces", orphans / len(parented)))
        found += _sampled(case.spans, case.samples, case.owners, known)
        if onset is not None and min(s.start for s in case.spans) > onset - 15 * _SECOND:
            found.append(Flaw("no-baseline", "traces"))
    if onset is not None and case.samples and min(s.at for s in case.samples) > onset - 5 * _MINUTE:
        found.append(Flaw("no-baseline", "metrics"))
    return found


def _signals(case: Case) -> tuple[tuple[str, Sequence[object]], ...]:
    return (("traces", case.spans), ("logs", case.lines), ("metrics", case.samples))


def _counted(case: Case) -> list[Flaw]:
    found: list[Flaw] = []
    for key, n in sorted(case.counts.items()):
        kind, _, what = key.partition(".")
        if what == "duplicate":
            found.append(Flaw("duplicates", kind, n))
        elif what == "ragged" and n > _RAGGED * case.counts.get(kind, 0):
            found.append(Flaw("ragged", kind, n))
    return found


def _skewed(spans: Sequence[Span]) -> list[Flaw]:
    """Pods whose clock differs: their spans lie outside of the calls that made them, always by the same time (as NTP reckons it)."""
    by_id = {(s.trace, s.id): s for s in spans}
    pairs: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    inside: Counter[tuple[str, str]] = Counter()
    for s in spans:
        above = by_id.get((s.trace, s.parent))
        if above is not None and above.pod != s.pod:
            pairs[above.pod, s.pod].append(((s.start - above.start) + (s.end - above.end)) / 2)
            inside[above.pod, s.pod] += above.start <= s.start and s.end <= above.end
    off = {pair: stats.median(values) for pair, values in pairs.items() if len(values) >= 3}
    bad = {pair: by for pair, by in off.items() if abs(by) > _SKEW and inside[pair] < 0.5 * len(pairs[pair])}
    found: list[Flaw] = []
    while bad:
        votes: Counter[str] = Counter()
        for caller, callee in bad:
            votes.update((caller, callee))
        total = Counter(pod for pair in off for pod in pair)
        pod = max(votes, key=lambda p: (votes[p] / total[p], votes[p], p))
        mine = [by if callee == pod else -by for (caller, callee), by in bad.items() if pod in {caller, callee}]
        found.append(Flaw("clock-skew", pod, stats.median(mine) / _SECOND))
        bad = {pair: by for pair, by in bad.items() if pod not in pair}
    return found


def _holes(spans: Sequence[Span]) -> list[Flaw]:
    minutes = Counter(s.start // _MINUTE for s in spans)
    if not minutes:
        return []
    first, last = min(minutes), max(minutes)
    holes = sum(m not in minutes for m in range(first, last))
    return [Flaw("holes", "traces", holes)] if holes else []


def _sampled(
    spans: Sequence[Span], samples: Sequence[Sample], owners: Mapping[str, str], known: set[tuple[str, str]]
) -> list[Flaw]:
    """Roots counted in the traces against the requests that the entry service counted itself."""
    roots = [s for s in spans if (s.trace, s.parent) not in known]
    entries = Counter(owners[s.pod] for s in roots)
    if not entries:
        return []
    entry, n = entries.most_common(1)[0]
    first, last = min(s.start for s in roots), max(s.start for s in roots)
    rates = [x.value for x in samples if is_load(x.metric) and owners[x.pod] == entry and first <= x.at <= last + _MINUTE]
    seconds = (last - first) / _SECOND
    if not rates or seconds < 30:
        return []
    expected = stats.median(rates) * seconds
    return [Flaw("sampled", entry, n / expected)] if expected > 0 and n < _SAMPLED * expected else []
