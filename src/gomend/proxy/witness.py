"""Where the files of a checksum database come from: upstreams that stand before it, then the database itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

from gomend.proxy.health import Budget, Health
from gomend.proxy.outcomes import AbsentError, FailedError
from gomend.proxy.sink import Memory, Sink
from gomend.proxy.upstream import Upstream
from gomend.proxy.walk import Walk

LIMIT: Final = 1 << 20
"""Bytes of one file."""
KNOWN: Final = 600.0
"""Seconds for which it is known whether an upstream stands before the database."""
PROBE: Final = 1.5
"""Seconds that it has to say so."""
UNKNOWN: Final = 15.0
"""Seconds until an upstream that did not say is asked again."""


class Direct:
    """The database's own server, as if it were a proxy of itself."""

    def __init__(self, web: Upstream, name: str) -> None:
        """``web`` has its files at its root."""
        self._web = web
        self._prefix = f"sumdb/{name}/"
        self.name = web.name
        self.health: Health = web.health
        self.strict = False

    async def fetch(self, place: str, sink: Sink, begun: Callable[[], None]) -> None:
        """Ask it; it has no ``supported``."""
        rest = place.removeprefix(self._prefix)
        if rest == "supported":
            begun()
            return
        await self._web.fetch(rest, sink, begun)


class Witness:
    """Reads files of one database."""

    def __init__(self, name: str, upstreams: Sequence[Upstream], budget: Budget) -> None:
        """``upstreams`` in order of preference."""
        self._name = name
        self.upstreams = upstreams
        self._budget = budget
        self._stands: dict[str, tuple[float, bool]] = {}

    async def there(self) -> bool:
        """Whether anybody stands before the database."""
        return bool(await self._sources())

    async def read(self, place: str) -> bytes:
        """One file, from the first that has it.

        Raises:
            AbsentError: none has it.
            FailedError: it cannot be told.
        """
        sources = await self._sources()
        if not sources:
            raise FailedError("refused", f"no upstream stands before {self._name}")

        async def accept(_: Memory) -> None:
            """Its reader proves it."""

        _, sink = await Walk(sources, self._budget, lambda: Memory(LIMIT), lambda _: None, place).ask(accept)
        return sink.content

    async def _sources(self) -> list[Upstream]:
        now = time.monotonic()
        unknown = [u for u in self.upstreams if self._stands.get(u.name, (0.0, False))[0] < now]
        await asyncio.gather(*(self._ask(upstream) for upstream in unknown))
        return [u for u in self.upstreams if self._stands[u.name][1]]

    async def _ask(self, upstream: Upstream) -> None:
        """Learn whether one stands before the database."""

        async def accept(_: Memory) -> None:
            """Any 200 says yes (cmd/go, modfetch/sumdb.go)."""

        walk = Walk([upstream], self._budget, lambda: Memory(LIMIT), lambda _: None, f"sumdb/{self._name}/supported")
        known, stands = KNOWN, False
        try:
            async with asyncio.timeout(PROBE):
                await walk.ask(accept)
            stands = True
        except AbsentError:
            pass
        except (FailedError, TimeoutError):
            known = UNKNOWN
        self._stands[upstream.name] = time.monotonic() + known, stands
