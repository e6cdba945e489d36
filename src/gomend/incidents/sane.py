"""Times that cannot be: one row of 1970, or a span that lasts for years, would stretch what is looked at to decades."""

from __future__ import annotations

from typing import Final, TypeVar

from gomend.incidents.rows import Case

_HOUR: Final = 3600 * 10**9
FAR_NS: Final = 36 * _HOUR
"""Rows so far from the middle of all are left out; time zones are up to 14 hours wrong, and are put right."""
LONGEST_NS: Final = 24 * _HOUR
"""No request takes longer."""
_Row = TypeVar("_Row")


def settle(case: Case) -> None:
    """Leave out and count rows whose times cannot be. Data that lasts longer than :data:`FAR_NS` on both sides of its middle is cut to that."""
    spans = [s for s in case.spans if s.end - s.start <= LONGEST_NS]
    times = sorted([s.start for s in spans] + [x.at for x in case.lines] + [s.at for s in case.samples])
    middle = times[len(times) // 2] if times else 0
    if times and times[-1] - times[0] <= FAR_NS:
        _kept(case, "spans", case.spans, spans)
        return
    _kept(case, "spans", case.spans, [s for s in spans if abs(s.start - middle) <= FAR_NS])
    _kept(case, "lines", case.lines, [x for x in case.lines if abs(x.at - middle) <= FAR_NS])
    _kept(case, "samples", case.samples, [s for s in case.samples if abs(s.at - middle) <= FAR_NS])


def _kept(case: Case, kind: str, rows: list[_Row], kept: list[_Row]) -> None:
    gone = len(rows) - len(kept)
    if gone:
        rows[:] = kept
        case.counts[f"{kind}.ragged"] = case.counts.get(f"{kind}.ragged", 0) + gone
        case.counts[kind] = len(kept)
