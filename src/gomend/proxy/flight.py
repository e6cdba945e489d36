"""Work that several want is done once: by one task of this process, and by one server of those that share a store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from gomend.proxy.store import Store

_POLL: Final = 0.03
_T = TypeVar("_T")


class Flights:
    """What is under way, by name."""

    def __init__(self) -> None:
        """Nothing is."""
        self._tasks: dict[str, asyncio.Task[Any]] = {}

    def __len__(self) -> int:
        """How many are under way."""
        return len(self._tasks)

    async def once(self, name: str, make: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """The result of the flight called ``name``, which is started if it is not under way; it outlives those who wait."""
        task = self._tasks.get(name)
        if task is None:
            task = asyncio.create_task(make())
            self._tasks[name] = task
            task.add_done_callback(lambda done: self._landed(name, done))
        return await asyncio.shield(task)

    def start(self, name: str, make: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Start it if it is not under way; nobody waits."""
        if name not in self._tasks:
            task = asyncio.create_task(make())
            self._tasks[name] = task
            task.add_done_callback(lambda done: self._landed(name, done))

    async def land(self, seconds: float) -> None:
        """Wait until all are done, at most so long; then stop them."""
        if self._tasks:
            await asyncio.wait(set(self._tasks.values()), timeout=seconds)
        for task in list(self._tasks.values()):
            task.cancel()

    def _landed(self, name: str, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(name, None)
        if not task.cancelled():
            task.exception()  # seen: nobody may be waiting any more


@asynccontextmanager
async def alone(store: Store, name: str, until: Callable[[], Awaitable[bool]]) -> AsyncGenerator[bool]:
    """Hold the lock that servers of a store share; yields False, without it, as soon as ``until`` says that it is not needed."""
    while (lock := store.lock(name)) is None:
        if await until():
            yield False
            return
        await asyncio.sleep(_POLL)
    try:
        yield not await until()
    finally:
        store.unlock(lock)
