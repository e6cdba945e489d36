"""How an upstream has been doing: how long its answers take, and a breaker that opens when it stops giving any."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from gomend.proxy.outcomes import SICK, FailedError

KEPT: Final = 64
"""Answers that the p95 is taken of."""
HEDGE_LEAST: Final = 0.25
"""Seconds that an upstream always has before the next one is asked as well."""
HEDGE_MOST: Final = 2.0
"""Seconds after which the next one is asked in any case."""
STRIKES: Final = 3
"""Failures in a row that open the breaker; one time-out does it alone. An answer of 5xx counts a third: one bad module is no bad
upstream."""
OPEN_FIRST: Final = 5.0
"""Seconds that the breaker stays open at first; doubled with each probe that fails."""
OPEN_MOST: Final = 60.0
"""Seconds that it stays open at most."""


class Health:
    """Of one upstream. A closed breaker lets all through, an open one none, a half-open one a single probe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start well."""
        self._clock = clock
        self._seconds: deque[float] = deque(maxlen=KEPT)
        self._strikes = 0.0
        self._trips = 0
        self._until = 0.0
        self._probing = False
        self.last = ""
        """What went wrong last, in one line."""
        self.good = self.bad = 0
        """Answers and failures so far."""

    @property
    def state(self) -> str:
        """``closed``, ``open`` or ``half-open``."""
        if not self._until:
            return "closed"
        return "open" if self._clock() < self._until else "half-open"

    @property
    def score(self) -> float:
        """From 0 (no answers) to 1 (nothing but answers), the newest counting most."""
        return 0.0 if self._until else 1.0 / (1 + self._strikes)

    def hedge(self) -> float:
        """Seconds to wait for an answer before the next upstream is asked as well: its p95, within limits."""
        if len(self._seconds) < 8:
            return HEDGE_MOST / 2
        p95 = sorted(self._seconds)[int(len(self._seconds) * 0.95)]
        return min(max(p95 * 1.5, HEDGE_LEAST), HEDGE_MOST)

    def enter(self) -> bool:
        """Whether a request may go there now; the one that enters a half-open breaker is its probe."""
        state = self.state
        if state == "closed":
            return True
        if state == "open" or self._probing:
            return False
        self._probing = True
        return True

    def answered(self, seconds: float) -> None:
        """It gave an answer, of whatever status, after so many seconds."""
        self._seconds.append(seconds)
        self.good += 1
        self._strikes, self._trips = 0.0, 0
        self._until, self._probing = 0.0, False

    def failed(self, error: FailedError) -> None:
        """It did not."""
        self.bad += 1
        self.last = str(error)
        was_probe, self._probing = self._probing, False
        if error.kind not in SICK:
            return
        self._strikes += 0.34 if error.kind == "status" else 1
        if error.kind in {"silent", "slow"} or error.wait or was_probe or self._strikes >= STRIKES:
            pause = min(OPEN_FIRST * 2**self._trips, OPEN_MOST) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
            self._until = self._clock() + max(pause, min(error.wait, OPEN_MOST))
            self._trips += 1

    def left(self) -> None:
        """A request ended without telling anything (it was cancelled)."""
        self._probing = False


class Budget:
    """Second tries that all upstreams together may cost: a tenth of the first ones, and a few at the start."""

    def __init__(self, start: float = 10.0) -> None:
        """Begin with ``start`` of them."""
        self._left = self._most = start

    def earn(self) -> None:
        """A first try was made."""
        self._left = min(self._most, self._left + 0.1)

    def spend(self) -> bool:
        """Whether there is one left; it is then spent."""
        if self._left < 1:
            return False
        self._left -= 1
        return True
