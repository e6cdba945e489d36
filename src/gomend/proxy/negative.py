"""What every upstream said it does not have, remembered for a moment. Failures are never remembered."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Final

from gomend.proxy.outcomes import AbsentError

KEPT: Final = 10_000
"""Entries kept; the oldest goes first."""


class Negatives:
    """By place."""

    def __init__(self, seconds: float) -> None:
        """Remember each for so long."""
        self._seconds = seconds
        self._known: OrderedDict[str, tuple[float, AbsentError]] = OrderedDict()

    def get(self, place: str) -> AbsentError | None:
        """What was said, if it was lately."""
        found = self._known.get(place)
        if found is None or found[0] < time.monotonic():
            return None
        return AbsentError(str(found[1]), found[1].status)

    def put(self, place: str, error: AbsentError) -> None:
        """Remember it."""
        self._known[place] = time.monotonic() + self._seconds, error
        self._known.move_to_end(place)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)

    def forget(self, place: str) -> None:
        """It may be there now."""
        self._known.pop(place, None)
