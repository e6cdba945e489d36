"""How often one client may ask: one clock for each, in memory that all hot processes share (GCRA, a token bucket without tokens).

A clock is the time at which the client's bucket will be full again. Two processes that move it at once may lose one step: a request
too many now and then, which no lock is worth.
"""

from __future__ import annotations

import mmap

SLOTS = 1 << 15
"""Clients that are told apart; with more, those unused longest make room."""
_NEAR = 4
_ROUNDING = 1e-6
_WORD = (1 << 64) - 1


class Limit:
    """``rate`` requests a second, ``burst`` of them at once. Made before the processes are forked."""

    __slots__ = ("_clocks", "_names", "_room", "_step")

    def __init__(self, rate: float, burst: int) -> None:
        """Everybody's bucket is full."""
        self._step = 1.0 / rate
        self._room = self._step * max(1, burst)
        self._names = memoryview(mmap.mmap(-1, SLOTS * 8)).cast("Q")
        self._clocks = memoryview(mmap.mmap(-1, SLOTS * 8)).cast("d")

    def take(self, who: bytes, now: float) -> float:
        """0 if a request may be answered now, else the seconds to wait."""
        slot = self._slot(who, make=True)
        clocks = self._clocks
        full = max(clocks[slot], now) + self._step
        if full - now > self._room + _ROUNDING:
            return full - now - self._room
        clocks[slot] = full
        return 0.0

    def know(self, who: bytes) -> None:
        """Credentials are somebody's: from now on they have a clock of their own."""
        self._slot(who, make=True)

    def knows(self, who: bytes) -> bool:
        """Whether they have one."""
        return self._slot(who, make=False) >= 0

    def _slot(self, who: bytes, *, make: bool) -> int:
        # Keyed, and the same in all forked processes.
        name = hash(who) & _WORD | 1
        names, clocks = self._names, self._clocks
        first = name >> 8
        oldest = first % SLOTS
        for near in range(_NEAR):
            slot = (first + near) % SLOTS
            if names[slot] == name:
                return slot
            if clocks[slot] < clocks[oldest]:
                oldest = slot
        if not make:
            return -1
        names[oldest] = name
        clocks[oldest] = 0.0
        return oldest
