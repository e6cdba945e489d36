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
    """How a source does: ``problem`` is empty while it works; ``heard`` is when it last did (seconds since 1970, 0: never)."""

    name: str
    problem: str = "not asked yet"
    heard: float = 0.0
    failures: int = 0

    def good(self) -> None:
        """It answered what was asked."""
        self.problem = ""
        self.heard = time.time()


async def forever(state: State, once: Callable[[State], Awaitable[None]], told: Callable[[State], None]) -> None:
    """Run ``once`` again and again; ``told`` hears of each failure that follows a success, and of each success that follows a failure."""
    pause, was = _FIRST, ""
    while True:
        began = time.monotonic()
        heard = state.heard
        try:
            await once(state)
        except (BadAnswer, Refused) as error:
            state.problem = str(error)
            state.failures += 1
        if state.heard != heard:
            pause = _FIRST
        if bool(state.problem) != bool(was) or (state.problem and not was):
            told(state)
        was = state.problem
        if state.problem or time.monotonic() - began < _FIRST:
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            pause = min(2 * pause, _LONGEST) if state.problem else _FIRST
