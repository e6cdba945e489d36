"""The newest telemetry, as much of it as can be looked at in a second.

Rows beyond what fits are left out by whole traces, evenly, whatever they hold: shares and medians stay what they are. The stretch before an
incident that goes on is kept too, or nothing could tell when it is over.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Sequence
from typing import Final

from gomend.incidents.quality import mend_clocks
from gomend.incidents.resources import matters
from gomend.incidents.rows import Case, Event, Line, Sample, Span

_SECOND: Final = 10**9
TRACES: Final = 360 * _SECOND
"""Spans and lines older than this are forgotten."""
METRICS: Final = 65 * 60 * _SECOND
"""Series that end before this, and events, are forgotten."""
_SPANS: Final = 15_000
_FEWEST: Final = 1_500
_SERIES: Final = 48
"""Samples of one series: the analysis compares the newest minutes with the twenty before."""
_MANY: Final = 5_000
"""Series that are held."""
_LAG: Final = 15 * _SECOND
"""So much later than the other one of spans and lines may be before it counts as gone."""
_NAMES: Final = 10_000
_EVENTS: Final = 5_000
_HALF: Final = 0.5
Stretch = tuple[int, int]
"""From, to: nanoseconds."""


class Hot:
    """Rows by kind. Only one thread at a time may use it."""

    def __init__(self, most: int = _SPANS) -> None:
        """``most`` spans, and as many log lines."""
        self.most = most
        self.share = 1.0
        """Share of the traces that is kept."""
        self.left_out = 0
        """Samples of series for which there was no room."""
        self.newest = 0
        """The newest moment that any row speaks of; 0 for no rows."""
        self._traced = self._said = 0
        self.owners: dict[str, str] = {}
        self.places: dict[str, str] = {}
        self._spans: dict[tuple[str, str], Span] = {}
        self._lines: list[Line] = []
        self._samples: dict[tuple[str, str], deque[Sample]] = {}
        self._matters: dict[str, bool] = {}
        self._events: dict[Event, None] = {}

    def add(self, case: Case) -> None:
        """Take rows in; those that came before are not taken twice."""
        self.owners, self.places = case.owners, dict(case.places)
        chosen = self._chosen
        self._spans.update(((s.trace, s.id), s) for s in case.spans if chosen(s.trace))
        self._lines += [x for x in case.lines if chosen(x.trace or x.text)]
        for sample in case.samples:
            if sample.metric not in self._matters:
                self._matters[sample.metric] = matters(sample.metric)
            if not self._matters[sample.metric]:
                continue
            key = (sample.pod, sample.metric)
            if key in self._samples:
                self._samples[key].append(sample)
            elif len(self._samples) < _MANY:
                self._samples[key] = deque([sample], maxlen=_SERIES)
            else:
                self.left_out += 1
        self._events.update(dict.fromkeys(case.events))
        traced = max((s.end for s in case.spans), default=0)
        said = max((x.at for x in case.lines), default=0)
        measured = max((s.at for s in case.samples), default=0)
        happened = max((e.at for e in case.events), default=0)
        self._traced, self._said = max(self._traced, traced), max(self._said, said)
        self.newest = max(self.newest, traced, said, measured, happened)

    def forget(self, now: int, keep: Sequence[Stretch] = ()) -> None:
        """Drop what is old, and what does not fit; ``keep`` are stretches of traces that stay."""

        def wanted(at: int) -> bool:
            return at >= now - TRACES or any(first <= at <= last for first, last in keep)

        self._spans = {key: s for key, s in self._spans.items() if wanted(s.start)}
        self._lines = [x for x in self._lines if wanted(x.at)]
        self._samples = {key: held for key, held in self._samples.items() if held[-1].at >= now - METRICS}
        if len(self._matters) > _NAMES:
            self._matters.clear()
        self._events = dict.fromkeys([e for e in self._events if e.at >= now - METRICS][-_EVENTS:])
        rows = max(len(self._spans), len(self._lines))
        if rows > self.most:
            self.share *= 0.8 * self.most / rows
            self._spans = {key: s for key, s in self._spans.items() if self._chosen(s.trace)}
            self._lines = [x for x in self._lines if self._chosen(x.trace or x.text)]
        elif rows < _HALF * self.most and self.share < 1:
            self.share = min(1.0, 1.2 * self.share)

    def slower(self, factor: float) -> None:
        """Looking took too long (``factor`` < 1) or was quick (> 1): hold fewer rows, or more."""
        self.most = int(min(_SPANS, max(_FEWEST, self.most * factor)))

    def case(self, since: int = 0, but: Stretch = (0, 0)) -> Case:
        """A copy to look at, clocks put right; only from ``since``, and without traces and events inside ``but``.

        Log lines and spans of the same second come seconds apart: what only one of the two speaks of yet is left for the next look, or lines
        would seem to be missing.
        """
        until = min(self._traced, self._said)
        if max(self._traced, self._said) > until + _LAG:  # one of them is not there, or has stopped
            until = max(self._traced, self._said)

        def wanted(at: int) -> bool:
            return since <= at <= until and not but[0] < at < but[1]

        lines = [x for x in self._lines if wanted(x.at)]
        happened = [e for e in self._events if not but[0] < e.at < but[1]]
        case = Case(
            [s for s in self._spans.values() if wanted(s.start)],
            lines,
            [s for held in self._samples.values() for s in held],
            happened,
        )
        case.owners, case.places = dict(self.owners), self.places
        mend_clocks(case)
        return case

    def size(self) -> dict[str, int]:
        """Rows by kind, and the samples that were left out."""
        held = sum(map(len, self._samples.values()))
        rows = {"spans": len(self._spans), "lines": len(self._lines), "samples": held, "events": len(self._events)}
        return rows | ({"samples_left_out": self.left_out} if self.left_out else {})

    def _chosen(self, trace: str) -> bool:
        return self.share >= 1 or zlib.crc32(trace.encode(errors="replace")) < self.share * 2**32
