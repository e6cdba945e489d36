"""How long things took, counted in classes that grow by a quarter: what a histogram needs, in memory that does not grow."""

from __future__ import annotations

import math
from typing import Final

_LEAST: Final = 0.01
_STEP: Final = 1.25
_CLASSES: Final = 50
"""Up to 0.01 · 1.25⁵⁰ s, about 700 s."""


class Delays:
    """Counts of delays in seconds."""

    def __init__(self) -> None:
        """None yet."""
        self.counts = [0] * (_CLASSES + 1)
        self.n = 0
        self.longest = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        at = 0 if seconds <= _LEAST else min(_CLASSES, math.ceil(math.log(seconds / _LEAST, _STEP)))
        self.counts[at] += 1
        self.n += 1
        self.longest = max(self.longest, seconds)

    def quantile(self, share: float) -> float:
        """The end of the class below which ``share`` of them lie: never too small. 0 for none."""
        need, seen = share * self.n, 0
        for at, count in enumerate(self.counts):
            seen += count
            if count and seen >= need:
                return min(self.longest, self.end(at))
        return 0.0

    @staticmethod
    def end(at: int) -> float:
        """The upper end of a class, in seconds."""
        return float(_LEAST * _STEP**at)
