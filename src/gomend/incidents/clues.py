"""What evidence looks like before it is weighed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

Kind = Literal["cpu", "memory", "network_delay", "exception", "return", "pool_exhaustion", "deploy", "dependency", "unknown"]
"""What went wrong in a service: starved of or burning CPU, out of memory, slow network, thrown errors, wrong answers,
a pool without free connections, a change of version, something outside that it calls and nobody traces (a database) slow."""
Signal = Literal["calls", "work", "behaviour", "metrics", "events"]
"""Where a clue comes from."""


class Proof(NamedTuple):
    """One thing that was seen: ``what`` names it, ``before`` and ``after`` are its values, ``unit`` theirs; ``ref`` is an example."""

    signal: Signal
    what: str
    before: float | None
    """None where there was nothing to compare with."""
    after: float
    unit: str
    ref: str = ""
    """A span (``trace/span``), a pod or a log template."""
    at: int = 0
    """When it was first seen, nanoseconds; 0 when it is the whole time after the onset."""


class Clue(NamedTuple):
    """That ``service`` is the cause, in nats: how much likelier the data is if it is."""

    service: str
    kind: Kind
    weight: float
    proof: Proof


class Split:
    """Values of many groups in order of time, cut at any moment without looking at all of them again."""

    def __init__(self, rows: Iterable[tuple[str, int, float]]) -> None:
        """``rows`` are group, nanoseconds, value."""
        groups: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for group, at, value in rows:
            groups[group].append((at, value))
        self.groups: dict[str, tuple[list[int], list[float]]] = {}
        for group, pairs in groups.items():
            pairs.sort()
            self.groups[group] = ([at for at, _ in pairs], [value for _, value in pairs])

    def at(self, group: str, moment: int) -> tuple[Sequence[float], Sequence[float]]:
        """Values before and from ``moment``."""
        from bisect import bisect_left

        times, values = self.groups[group]
        cut = bisect_left(times, moment)
        return values[:cut], values[cut:]
