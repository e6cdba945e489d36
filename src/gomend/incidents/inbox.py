"""Batches that came and were not looked at yet, and the bounds on the names in them.

Receivers offer, one thread pours. What is over a bound is counted by name and told: names without end (a user's id in a label, a URL in a
span's name) must neither fill the memory nor go unnoticed.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Final

from gomend.incidents import identity
from gomend.incidents.rates import Rates
from gomend.incidents.rows import Case, Sample, Span
from gomend.incidents.sane import LONGEST_NS
from gomend.incidents.settings import Bounds

OTHER: Final = "(other)"
"""The name of operations beyond the bound."""
FUTURE_NS: Final = 26 * 3600 * 10**9
"""Rows so far ahead of this machine's clock are lies: one of them would make all others look old. Time zones are up to 14 hours wrong."""
_KEEP: Final = 65 * 60.0
"""Seconds after which a name that did not come again is forgotten."""
_TIDY: Final = 60.0


class Inbox:
    """``over`` counts what was over a bound, by its name in the set-up (and ``times`` that cannot be); ``seen`` all rows that were offered."""

    def __init__(self, bounds: Bounds) -> None:
        """Nothing yet."""
        self.bounds = bounds
        self.over: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.heard: Callable[[], None] = lambda: None
        """Called whenever a batch was offered."""
        self._waiting: deque[Case] = deque()
        self._offered = self._poured = 0
        # Names, and when they came last.
        self._pods: dict[str, float] = {}
        self._operations: dict[str, float] = {}
        self._series: dict[str, dict[str, float]] = {}
        self._many = 0
        self._rates = Rates()
        self._tidied = time.monotonic()

    def full(self) -> bool:
        """Whether senders must wait."""
        return self._offered - self._poured >= self.bounds.waiting

    def offer(self, batch: Case) -> None:
        """Give a batch of decoded rows; it is the inbox's from then on."""
        for what, many in batch.counts.items():
            self.seen[what] += many
        for what, rows in (
            ("spans", batch.spans),
            ("lines", batch.lines),
            ("samples", batch.samples),
            ("events", batch.events),
        ):
            if rows:
                self.seen[what] += len(rows)
        self._offered += _rows(batch)
        self._waiting.append(batch)
        self.heard()

    def pour(self, case: Case) -> None:
        """Move all that waits into ``case``, in bounds. One thread at a time; others may offer meanwhile."""
        now = time.monotonic()
        while self._waiting:
            batch = self._waiting.popleft()
            rows = _rows(batch)
            self._take(case, batch, now)
            self._poured += rows
        for what, held, most in (
            ("spans", case.spans, self.bounds.spans),
            ("lines", case.lines, self.bounds.lines),
            ("samples", case.samples, self.bounds.samples),
            ("events", case.events, self.bounds.events),
        ):
            if len(held) > most:
                self.over[what] += len(held) - most
                del held[: len(held) - most]
        if now - self._tidied >= _TIDY:
            self._tidy(case, now)

    def _tidy(self, case: Case, now: float) -> None:
        self._tidied = now
        oldest = now - _KEEP
        self._pods = {name: at for name, at in self._pods.items() if at >= oldest}
        self._operations = {name: at for name, at in self._operations.items() if at >= oldest}
        held = {pod: {m: at for m, at in names.items() if at >= oldest} for pod, names in self._series.items()}
        self._series = {pod: names for pod, names in held.items() if names}
        self._many = sum(map(len, self._series.values()))
        self._rates.keep(self._series)
        for table in (case.owners, case.sure, case.places):
            for pod in table.keys() - self._pods.keys():
                del table[pod]
        for uid in [uid for uid, pod in case.uids.items() if pod not in self._pods]:
            del case.uids[uid]

    def _take(self, case: Case, batch: Case, now: float) -> None:
        case.uids |= batch.uids
        if case.uids:
            batch.uids = case.uids
            identity.settle(batch)
        latest = time.time_ns() + FUTURE_NS
        refused = self._refused(self._pods, batch.owners, self.bounds.pods, "pods", now)
        for pod in refused:
            del batch.owners[pod]
            batch.places.pop(pod, None)
        if refused:
            batch.spans = [s for s in batch.spans if s.pod not in refused]
            batch.lines = [x for x in batch.lines if x.pod not in refused]
            batch.samples = [s for s in batch.samples if s.pod not in refused]
            batch.events = [e for e in batch.events if e.pod not in refused]
        identity.joined(case, batch)
        case.places |= batch.places
        before = _rows(batch)
        batch.spans = [s for s in batch.spans if s.end <= latest and s.end - s.start <= LONGEST_NS]
        batch.lines = [x for x in batch.lines if x.at <= latest]
        batch.samples = [s for s in batch.samples if s.at <= latest]
        batch.events = [e for e in batch.events if e.at <= latest]
        if before > _rows(batch):
            self.over["times"] += before - _rows(batch)
        case.spans += self._named(batch.spans, now)
        case.lines += batch.lines
        case.events += batch.events
        self._measured(case, batch, now)

    def _refused(self, table: dict[str, float], names: Iterable[str], most: int, what: str, now: float) -> frozenset[str]:
        """Names for which there is no room; the others are noted."""
        new = [name for name in names if name not in table]
        over = frozenset(sorted(new)[max(most - len(table), 0) :]) if len(new) > most - len(table) else frozenset[str]()
        table.update((name, now) for name in names if name not in over)
        if over:
            self.over[what] += len(over)
        return over

    def _named(self, spans: list[Span], now: float) -> list[Span]:
        over = self._refused(self._operations, {s.op for s in spans}, self.bounds.operations, "operations", now)
        return [s._replace(op=OTHER) if s.op in over else s for s in spans] if over else spans

    def _measured(self, case: Case, batch: Case, now: float) -> None:
        for sample in batch.samples:
            held = self._series.setdefault(sample.pod, {})
            if sample.metric not in held:
                if len(held) >= self.bounds.series_per_pod or self._many >= self.bounds.series:
                    self.over["series"] += 1
                    continue
                self._many += 1
            held[sample.metric] = now
            grown: Sample | None = self._rates.of(sample) if sample.metric in batch.counters else sample
            if grown is not None:
                case.samples.append(grown)


def _rows(batch: Case) -> int:
    return len(batch.spans) + len(batch.lines) + len(batch.samples) + len(batch.events)
