"""The loop of ``serve``: look at what came, tell what changed, say how it goes. Looking happens in a thread, so that receiving goes on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec

from gomend.incidents.lifecycle import Stream
from gomend.incidents.register import Record
from gomend.incidents.rows import Case
from gomend.model.base import Thing
from gomend.ports.files import write_whole

STATUS: Final = "status.json"
"""File in the store that says how ``serve`` goes."""
_STATUS_EVERY: Final = 2.0
_BUSY: Final = 0.7
"""Share of the time between two looks above which the next one looks at fewer rows."""
_IDLE: Final = 0.35


class StatusShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """How ``serve`` goes. ``at`` and ``started`` are seconds since 1970; ``preview_*`` seconds from the arrival of a batch to the end of the
    first look that saw it; ``share`` of the traces that are looked at; ``late``: changes could not be written down."""  # noqa: D205, D209

    schema_: str
    pid: int
    address: str
    started: float
    at: float
    rows: dict[str, int]
    share: float
    looks: int
    look_seconds: float
    batches: int
    preview_p50: float
    preview_p95: float
    preview_max: float
    preview_histogram: tuple[tuple[float, int], ...]
    late: str = ""


class Pump(Protocol):
    """What is given a turn after each look, and may write to the ledger."""

    def pump(self) -> None:
        """Take it."""
        ...


class Loop:
    """Looks at a stream, again and again."""

    def __init__(
        self,
        stream: Stream,
        every: float,
        tell: Callable[[Sequence[Record], int], None],
        store: Path,
        pour: Callable[[Case], None],
        after: Pump | None = None,
    ) -> None:
        """``every`` seconds at most between two looks; ``tell`` gets changes and the data's clock, ``pour`` puts what came into the inbox."""
        self._after, self._pour = after, pour
        self._stream, self._every, self._tell, self._store = stream, every, tell, store
        self._looks, self._took, self._started, self._said = 0, 0.0, time.time(), 0.0
        self._late = ""
        self.address = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``; one more look at the end sees what came last."""
        while not stop.is_set():
            began = time.monotonic()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), max(0.05, self._every - self._took))
            await self.look()
            self._took = min(self._took, time.monotonic() - began)

    async def look(self) -> None:
        """Look once, if there is anything to see or to wait for."""
        fresh = await asyncio.to_thread(self._stream.take, self._pour)
        ledger = self._stream.tracker.ledger
        if fresh or ledger.register.going_on():
            began = time.monotonic()
            try:
                changed = await asyncio.to_thread(self._stream.step)
                self._late = ""
            except OSError as error:  # a full disk: nothing was told, the next look finds it again
                changed, self._late = [], error.strerror or str(error)
            self._took = time.monotonic() - began
            self._looks += 1
            if self._took > _BUSY * self._every:
                self._stream.hot.slower(0.8)
            elif self._took < _IDLE * self._every:
                self._stream.hot.slower(1.1)
            if changed:
                self._tell(changed, self._stream.hot.newest)
        try:
            said = [record for record in ledger.drain() if record.do != "told"]
            if said:
                self._tell(said, self._stream.hot.newest)
            if self._after is not None:
                self._after.pump()
        except OSError as error:
            self._late = error.strerror or str(error)
        if time.monotonic() - self._said > _STATUS_EVERY:
            self._said = time.monotonic()
            await asyncio.to_thread(self._say)

    def _say(self) -> None:
        delays = self._stream.delays
        status = StatusShape(
            schema_="gomend.incidents-status/1",
            pid=os.getpid(),
            address=self.address,
            started=round(self._started, 3),
            at=round(time.time(), 3),
            rows=self._stream.hot.size(),
            share=round(self._stream.hot.share, 6),
            looks=self._looks,
            look_seconds=round(self._took, 4),
            batches=delays.n,
            preview_p50=round(delays.quantile(0.5), 3),
            preview_p95=round(delays.quantile(0.95), 3),
            preview_max=round(delays.longest, 3),
            preview_histogram=tuple((round(delays.end(i), 3), n) for i, n in enumerate(delays.counts) if n),
            late=self._late,
        )
        with contextlib.suppress(OSError):
            write_whole(str(self._store / STATUS), msgspec.json.encode(status))
