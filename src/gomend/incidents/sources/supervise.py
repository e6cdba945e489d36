"""Keep a source going: what fails is tried again, later and later, never in step with others."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from gomend.incidents.intake import Refused
from gomend.incidents.sources.client import BadAnswer

_FIRST: Final = 0.5
_LONGEST: Final = 60.0


@dataclass(slots=True)
class State:
    """How a source does: ``problem`` is empty while it works; ``heard`` is when it last did (seconds since 1970, 0: never).

    ``told`` hears of each failure that follows a success, and of each success that follows a failure.
    """

    name: str
    told: Callable[[State], None]
    problem: str = ""
    heard: float = 0.0
    failures: int = 0

    def good(self) -> None:
        """It answered what was asked."""
        self.heard = time.time()
        if self.problem:
            self.problem = ""
            self.told(self)

    def bad(self, why: str) -> None:
        """It did not."""
        before, self.problem = self.problem, why
        self.failures += 1
        if not before:
            self.told(self)


async def forever(state: State, once: Callable[[State], Awaitable[None]]) -> None:
    """Run ``once`` again and again, after a failure later and later."""
    pause = _FIRST
    while True:
        began, heard, failed = time.monotonic(), state.heard, False
        try:
            await once(state)
        except (BadAnswer, Refused) as error:
            failed = True
            state.bad(str(error))
        if state.heard != heard or not failed:
            pause = _FIRST
        if failed or time.monotonic() - began < _FIRST:
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            pause = min(2 * pause, _LONGEST)
