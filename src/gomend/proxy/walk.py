"""One question, asked of upstreams in order until one answers: hedged, retried, and never held up twice by the same one.

What may be passed over: a 404 or 410 always; any other failure unless the upstream is ``strict``. An upstream that gives no
sign within its p95 is not waited for: the next one is asked as well, and whoever finishes first is taken.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from gomend.proxy.health import Budget
from gomend.proxy.outcomes import TRANSIENT, AbsentError, FailedError
from gomend.proxy.sink import Sink
from gomend.proxy.traces import Silent, Tracer
from gomend.proxy.upstream import Upstream

WATCH: Final = 2.5
"""Seconds that a silent upstream is watched after another one won, to learn whether it hangs."""
LAST: Final = 3.0
"""Seconds for one whose breaker is open, when nobody else has an answer."""
PAUSE: Final = 0.5
"""Seconds, at most, before all are asked a second time."""

_SILENT: Final = Silent()
_S = TypeVar("_S", bound=Sink)


class Walk(Generic[_S]):
    """One question. ``make`` makes a sink, ``accept`` checks and takes a full one (raising FailedError), ``drop`` removes one."""

    def __init__(
        self,
        upstreams: Sequence[Upstream],
        budget: Budget,
        make: Callable[[], _S],
        drop: Callable[[_S], None],
        place: str,
        traces: Tracer = _SILENT,
    ) -> None:
        """Nothing is asked yet."""
        self._traces = traces
        self._upstreams = upstreams
        self._budget = budget
        self._make = make
        self._drop = drop
        self._place = place
        self._skipped: list[Upstream] = []
        self._running: dict[asyncio.Task[_S], tuple[Upstream, asyncio.Event]] = {}

    async def ask(self, accept: Callable[[_S], Awaitable[None]]) -> tuple[Upstream, _S]:
        """The first upstream that answers, and its full sink.

        Raises:
            AbsentError: every one of them says that it has no such thing.
            FailedError: none has it, and one of them did not say.
        """
        self._budget.earn()
        try:
            return await self._round(accept)
        except FailedError as error:
            if error.kind not in TRANSIENT or not self._budget.spend():
                raise
            await asyncio.sleep(random.uniform(0, PAUSE))  # noqa: S311 - full jitter, no secret
            try:
                return await self._round(accept)
            except FailedError as second:
                # Breakers that the first round opened say nothing new.
                raise (error if second.kind == "open" else second) from None

    async def _round(self, accept: Callable[[_S], Awaitable[None]]) -> tuple[Upstream, _S]:
        waiting = list(self._upstreams)
        self._skipped.clear()
        absent: list[AbsentError] = []
        failed: list[FailedError] = []
        hedge = 0.0
        try:
            while waiting or self._running:
                if waiting and not self._running:
                    hedge = self._start(waiting)
                    continue
                silent = not any(begun.is_set() for _, begun in self._running.values())
                may_hedge = bool(waiting) and silent and not any(u.strict for u, _ in self._running.values())
                done, _ = await asyncio.wait(
                    self._running, timeout=hedge if may_hedge else None, return_when=asyncio.FIRST_COMPLETED
                )
                if not done and may_hedge:
                    hedge = self._start(waiting)
                for task in done:
                    upstream, _ = self._running.pop(task)
                    try:
                        sink = task.result()
                        await self._accepted(upstream, sink, accept)
                    except AbsentError as error:
                        absent.append(error)
                    except FailedError as error:
                        failed.append(error)
                        if upstream.strict:
                            raise
                    else:
                        return upstream, sink
            # If somebody truly has no such thing, a sick upstream is not worth the wait.
            for upstream in () if absent else tuple(self._skipped):
                try:
                    return await self._last_resort(upstream, accept)
                except AbsentError as error:
                    absent.append(error)
                    self._skipped.remove(upstream)
                except FailedError as error:
                    failed.append(error)
                    self._skipped.remove(upstream)
            if absent and self._skipped:
                failed += [_left_alone(u) for u in self._skipped]
        finally:
            self._let_go()
        if failed:
            raise _worst(failed)
        raise absent[0] if absent else FailedError("open", "no upstream is set")

    async def _last_resort(self, upstream: Upstream, accept: Callable[[_S], Awaitable[None]]) -> tuple[Upstream, _S]:
        """Nobody else has it: ask one whose breaker is open all the same, for it may be back; but not for long."""
        try:
            async with asyncio.timeout(LAST):
                sink = await self._attempt(upstream, asyncio.Event())
        except TimeoutError:
            raise FailedError("silent", f"{upstream.name} gave no sign within {LAST:g} s") from None
        await self._accepted(upstream, sink, accept)
        return upstream, sink

    def _start(self, waiting: list[Upstream]) -> float:
        """Ask the next one; answers how long it has. One whose breaker is open is passed over, its probe goes beside others."""
        upstream = waiting.pop(0)
        probe = upstream.health.state == "half-open"
        if not upstream.health.enter():
            if upstream.strict:
                raise _left_alone(upstream)
            self._skipped.append(upstream)
            return 0.0
        begun = asyncio.Event()
        self._running[asyncio.create_task(self._attempt(upstream, begun))] = upstream, begun
        return 0.0 if probe else upstream.health.hedge()

    async def _attempt(self, upstream: Upstream, begun: asyncio.Event) -> _S:
        sink = self._make()
        started = time.monotonic()
        fine = False

        def answering() -> None:
            if not begun.is_set():
                begun.set()
                upstream.health.answered(time.monotonic() - started)

        try:
            with self._traces.span("fetch", server_address=upstream.name, url_path=self._place) as mark:
                try:
                    await upstream.fetch(self._place, sink, answering)
                except FailedError as error:
                    mark.failed(str(error))
                    mark.say(error_type=error.kind)
                    raise
                except AbsentError:
                    mark.say(error_type="absent")
                    raise
                mark.say(file_size=sink.size)
            fine = True
        except AbsentError:
            answering()
            raise
        except FailedError as error:
            upstream.health.failed(error)
            raise
        except asyncio.CancelledError:
            upstream.health.left()
            raise
        finally:
            if not fine:
                self._drop(sink)
        return sink

    async def _accepted(self, upstream: Upstream, sink: _S, accept: Callable[[_S], Awaitable[None]]) -> None:
        try:
            await accept(sink)
        except FailedError as error:
            upstream.health.failed(error)
            self._drop(sink)
            raise
        except BaseException:  # a trouble of our own, such as a full disk
            self._drop(sink)
            raise

    def _let_go(self) -> None:
        """Those still running lost: one that has begun is stopped, a silent one watched a little longer."""
        for task, (upstream, begun) in self._running.items():
            if begun.is_set():
                task.cancel()
                continue
            watcher = asyncio.create_task(self._watch(task, upstream, begun))
            _WATCHERS.add(watcher)
            watcher.add_done_callback(_WATCHERS.discard)
        self._running.clear()

    async def _watch(self, task: asyncio.Task[_S], upstream: Upstream, begun: asyncio.Event) -> None:
        waiting = asyncio.create_task(begun.wait())
        try:
            await asyncio.wait({task, waiting}, timeout=WATCH, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                silent = not begun.is_set()
                task.cancel()
                await asyncio.wait({task})
                if silent:
                    upstream.health.failed(FailedError("silent", f"{upstream.name} gave no sign within {WATCH:g} s and more"))
            elif not task.cancelled() and task.exception() is None:
                self._drop(task.result())
        finally:
            waiting.cancel()
            task.cancel()


_WATCHERS: Final[set[asyncio.Task[None]]] = set()
"""Keeps watchers alive: the loop itself only holds tasks weakly."""


def _left_alone(upstream: Upstream) -> FailedError:
    return FailedError("open", f"{upstream.name} is left alone for a while: {upstream.health.last}")


def _worst(failed: list[FailedError]) -> FailedError:
    """One error for all: the kind of the last that may be cured, every message."""
    cured = [error for error in failed if error.kind in TRANSIENT or error.kind == "busy"]
    forged = [error for error in failed if error.kind in {"forged", "unvouched"}]
    kind = (forged or cured or failed)[-1].kind
    return FailedError(kind, "; ".join(dict.fromkeys(str(error) for error in failed)), wait=max(e.wait for e in failed))
