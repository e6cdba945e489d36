"""Counters only grow, so how much they stand at says nothing: what counts is how fast they grow."""

from __future__ import annotations

from collections.abc import Container, Mapping

from gomend.incidents.rows import Case, Sample

_SECOND = 1e9


class Rates:
    """The last value of each counter."""

    def __init__(self) -> None:
        """None yet."""
        self._last: dict[tuple[str, str], tuple[int, float]] = {}

    def of(self, sample: Sample) -> Sample | None:
        """The growth a second since the counter's last value; None for its first, and for one that comes late or twice.

        A value below the last one is a counter that began anew at zero, as Prometheus reads it.
        """
        key = (sample.pod, sample.metric)
        at, value = self._last.get(key, (0, 0.0))
        if at and sample.at <= at:
            return None
        self._last[key] = (sample.at, sample.value)
        if not at:
            return None
        grown = sample.value - value if sample.value >= value else sample.value
        return Sample(sample.at, sample.pod, f"rate({sample.metric})", grown * _SECOND / (sample.at - at))

    def keep(self, series: Mapping[str, Container[str]]) -> None:
        """Give up all counters but these, by pod."""
        self._last = {key: held for key, held in self._last.items() if key[1] in series.get(key[0], ())}


def settle(case: Case) -> None:
    """Replace all counters of a case by how fast they grow."""
    if not case.counters:
        return
    rates = Rates()
    kept = [s for s in case.samples if s.metric not in case.counters]
    for sample in sorted((s for s in case.samples if s.metric in case.counters), key=lambda s: s.at):
        grown = rates.of(sample)
        if grown is not None:
            kept.append(grown)
    case.samples[:] = kept
    case.counters.clear()
