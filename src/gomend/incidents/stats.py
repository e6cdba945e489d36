"""Robust statistics on plain lists: medians, spread, shifts. Nothing here knows what the numbers mean."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Final

SIGMA: Final = 1.4826
"""Median absolute deviation × this = standard deviation of a normal distribution."""


def quantile(ordered: Sequence[float], q: float) -> float:
    """The value at ``q`` (0 … 1) of values that are sorted and not none, the nearest rank below."""
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def median(values: Sequence[float]) -> float:
    """The median; 0 for no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def spread(values: Sequence[float], centre: float) -> float:
    """The robust standard deviation round ``centre``."""
    return SIGMA * median([abs(v - centre) for v in values])


def rank_z(before: Sequence[float], after: Sequence[float]) -> float:
    """How many standard errors ``after`` lies above ``before`` (Mann-Whitney U, normal approximation, ties halved); 0 if either is empty."""
    n, m = len(before), len(after)
    if not n or not m:
        return 0.0
    ordered = sorted(before)
    u = sum(bisect_left(ordered, v) + 0.5 * (bisect_right(ordered, v) - bisect_left(ordered, v)) for v in after)
    return (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)


def rate_gain(k0: int, n0: int, k1: int, n1: int) -> float:
    """How much better two rates explain ``k0`` of ``n0`` and ``k1`` of ``n1`` than one does, in nats (G-test, half counts added)."""

    def fit(k: float, n: float, p: float) -> float:
        return k * math.log(p) + (n - k) * math.log(1 - p)

    a, b = k0 + 0.5, k1 + 0.5
    na, nb = n0 + 1.0, n1 + 1.0
    both = (a + b) / (na + nb)
    return fit(a, na, a / na) + fit(b, nb, b / nb) - fit(a, na, both) - fit(b, nb, both)


def correlation(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    """Pearson's r of two series where both have a value; 0 if there are fewer than five, or one does not move."""
    pairs = [(one[t], other[t]) for t in one.keys() & other.keys()]
    if len(pairs) < 5:
        return 0.0
    a, b = sum(x for x, _ in pairs) / len(pairs), sum(y for _, y in pairs) / len(pairs)
    top = sum((x - a) * (y - b) for x, y in pairs)
    below = math.sqrt(sum((x - a) ** 2 for x, _ in pairs) * sum((y - b) ** 2 for _, y in pairs))
    return top / below if below > 0 else 0.0
