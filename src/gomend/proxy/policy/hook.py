"""Somebody else's word on a version: a server that is asked with a POST, or a program that is started. No word means no.

A server gets ``{"Module": …, "Version": …}``: 200 allows, 403 refuses and may say why (as Athens' validation hook). A program gets both
as arguments: exit 0 allows, 1 refuses and may say why on standard output.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import Final

import aiohttp

from gomend.ports.processes import Cmd, Runner
from gomend.proxy.flight import Flights
from gomend.proxy.outcomes import FailedError, one_line
from gomend.proxy.settings import Hook

_KEPT: Final = 20_000
_SAID: Final = 2000


class Asker:
    """Asks, and remembers what was said for as long as the set-up allows."""

    def __init__(self, hook: Hook, session: aiohttp.ClientSession | None, runner: Runner) -> None:
        """Nothing is asked yet; ``session`` is only needed for a URL."""
        self._hook = hook
        self._session = session
        self._runner = runner
        self._flights = Flights()
        self._known: OrderedDict[str, tuple[float, str | None]] = OrderedDict()

    async def problem(self, module: str, version: str) -> str | None:
        """Why a version is refused (perhaps nothing was said: empty); None if it is allowed.

        Raises:
            FailedError: it could not be asked in time (``unasked``); that is never remembered.
        """
        key = f"{module}@{version}"
        until, said = self._known.get(key, (0.0, None))
        if until > time.monotonic():
            return said
        said = await self._flights.once(key, lambda: self._ask(module, version))
        self._known[key] = time.monotonic() + self._hook.keep, said
        self._known.move_to_end(key)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return said

    async def _ask(self, module: str, version: str) -> str | None:
        try:
            return await (self._posted(module, version) if self._hook.url else self._started(module, version))
        except TimeoutError:
            raise FailedError("unasked", f"no answer within {self._hook.timeout:g} s") from None

    async def _posted(self, module: str, version: str) -> str | None:
        if self._session is None:
            raise FailedError("unasked", "no connections are made here")
        try:
            async with (
                asyncio.timeout(self._hook.timeout),
                self._session.post(self._hook.url, json={"Module": module, "Version": version}, allow_redirects=False) as reply,
            ):
                if reply.status == 200:
                    return None
                said = one_line((await reply.content.read(_SAID)).decode("utf-8", "replace"))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise FailedError("unasked", one_line(str(error)) or type(error).__name__) from None
        if reply.status == 403:
            return said
        raise FailedError("unasked", f"it answered {reply.status}")

    async def _started(self, module: str, version: str) -> str | None:
        cmd = Cmd(argv=(*self._hook.program, module, version), cwd="/", timeout=self._hook.timeout)
        done = await self._runner.run(cmd)
        if done.ok:
            return None
        if done.exit == 1 and not done.problem:
            return one_line(done.stdout)
        raise FailedError("unasked", one_line(done.why) or f"exit {done.exit}")
