"""Units of SLIs, and what it takes to hold them against each other. Factors are exact."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

FACTORS: Final[dict[str, tuple[str, Fraction]]] = {
    "ratio": ("ratio", Fraction(1)),
    "percent": ("ratio", Fraction(1, 100)),
    "s": ("time", Fraction(1)),
    "ms": ("time", Fraction(1, 10**3)),
    "us": ("time", Fraction(1, 10**6)),
    "ns": ("time", Fraction(1, 10**9)),
    "ps": ("time", Fraction(1, 10**12)),
    "bytes": ("bytes", Fraction(1)),
    "kib": ("bytes", Fraction(1024)),
    "mib": ("bytes", Fraction(1024**2)),
    "per-second": ("rate", Fraction(1)),
    "per-minute": ("rate", Fraction(1, 60)),
    "count": ("count", Fraction(1)),
}
"""Unit → what it measures, and how many of the base unit it is."""


def factor(source: str, target: str) -> Fraction | None:
    """What a value in ``source`` is multiplied by to be in ``target``; None: it cannot be converted."""
    one, other = FACTORS.get(source), FACTORS.get(target)
    if one is None or other is None or one[0] != other[0]:
        return None
    return one[1] / other[1]
