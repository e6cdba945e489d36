"""Gets files into the store: from the store behind it or from upstreams, once, and checked before they have a name."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections import deque
from collections.abc import Coroutine
from typing import Any, Final

import aiohttp

from gomend.golang import dirhash, semver, ziphash
from gomend.golang.zips import MAX_ZIP, ZipError
from gomend.model.text import Translator
from gomend.ports.processes import RealRunner
from gomend.proxy import asks, content, words
from gomend.proxy.asks import Ask, Kind
from gomend.proxy.behind import Behind
from gomend.proxy.content import UntrueError
from gomend.proxy.database import Database
from gomend.proxy.flight import Flights, alone
from gomend.proxy.git.upstream import Git
from gomend.proxy.health import Budget
from gomend.proxy.ledger import Ledger
from gomend.proxy.negative import Negatives
from gomend.proxy.outcomes import AbsentError, FailedError, Trouble
from gomend.proxy.policy.rules import Rules
from gomend.proxy.proof import NoProof, Proof
from gomend.proxy.settings import Setup
from gomend.proxy.sink import Disk, Memory
from gomend.proxy.store import Store
from gomend.proxy.traces import Silent, Tracer
from gomend.proxy.upstream import Upstream
from gomend.proxy.walk import Walk

_LATER: Final = 0.03
"""Seconds from a file's place to its folder's sync, in which others may come."""


class Larder:
    """One server's stock. Everything it needs is given to it."""

    def __init__(
        self,
        setup: Setup,
        store: Store,
        upstreams: tuple[Upstream, ...],
        proof: Proof | None = None,
        say: Translator | None = None,
        session: aiohttp.ClientSession | None = None,
    ) -> None:
        """Nothing is asked yet; ``session`` is for a hook that has a URL.

        Raises:
            OSVError: the database of vulnerabilities cannot be read.
        """
        self.setup = setup
        self.store = store
        self.upstreams = upstreams
        self.proof: Proof = proof or NoProof()
        self.say = say or Translator()
        self._session = session
        self.rules = self._rules(setup)
        self.flights = Flights()
        self.ledger = Ledger(f"{store.private}/record")
        self.negatives = Negatives(setup.times.absent)
        self.wanted: dict[str, str] = {}
        """What go.sum files that were given say, by ``module version``."""
        self.refused: deque[Trouble] = deque(maxlen=20)
        """The newest alarms: what was refused because it was not true."""
        self.troubles: deque[Trouble] = deque(maxlen=50)
        """The newest failures."""
        self.budget = Budget()
        self.traces: Tracer = Silent()
        """Who is told what is done."""
        self._unsynced: dict[str, None] = {}
        self._unlisted: list[tuple[str, str]] = []
        self._syncing: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._slots = asyncio.Semaphore(setup.limits.fetches)
        self.counts: dict[str, int] = {}
        self.git: Git | None = None
        """Repositories, for the modules that its rules name; those are asked for nowhere else."""
        self.own: Database | None = None
        """The checksum database of this server's own."""
        self.behind: Behind | None = None
        """A store that other servers share."""

    def use(self, setup: Setup, upstreams: tuple[Upstream, ...], git: Git | None) -> None:
        """Go by another set-up from now on.

        Raises:
            OSVError: its database of vulnerabilities cannot be read; then nothing changed.
        """
        self.rules = self._rules(setup)
        self.setup, self.upstreams, self.git = setup, upstreams, git

    def _rules(self, setup: Setup) -> Rules:
        return Rules(setup, self.store, self.say, self.told, self._session, RealRunner(os.environ))

    def sources(self, ask: Ask) -> tuple[Upstream, ...]:
        """Who is asked for a file."""
        if self.git is not None and self.git.serves(ask.module):
            return (self.git,)
        return self.upstreams

    async def sums(self, module: str, version: str) -> tuple[str, str]:
        """The h1 of the zip and of the go.mod of a version, fetched and checked if it is not here yet.

        Raises:
            AbsentError: there is no such version.
            FailedError: it cannot be had, or is not true.
        """
        _, mod, zip_ = asks.places(module, version)
        if not semver.valid(version) or semver.canonical(version) != version:
            raise AbsentError(f"{version} is no canonical version")
        for kind, place in ((Kind.MOD, mod), (Kind.ZIP, zip_)):
            if self.store.stat(place) is None:
                await self.fetched(Ask(kind, place, module, version))
        h1_zip = self.ledger.known(f"{module} {version}")
        if not h1_zip:  # it came into the store by other hands
            try:
                h1_zip = await asyncio.to_thread(ziphash.h1_of_file, self.store.path(zip_), module, version)
            except ZipError as error:
                raise FailedError("untrue", f"go would refuse the zip in the store: {error}") from None
        h1_mod = self.ledger.known(f"{module} {version}/go.mod") or dirhash.h1_mod(self.store.read(mod) or b"")
        return h1_zip, h1_mod

    async def told(self, module: str, version: str) -> bytes:
        """The .info of a version, fetched if it is not here."""
        info = Ask(Kind.INFO, asks.places(module, version)[0], module, version)
        if self.store.stat(info.place) is None:
            await self.fetched(info)
        return self.store.read(info.place) or b""

    async def fetched(self, ask: Ask) -> None:
        """Have a file in the store, and wait for it.

        Raises:
            AbsentError: nobody has it.
            FailedError: it cannot be had, or is not true.
        """
        if (error := self.negatives.get(ask.place)) is not None:
            raise error
        if len(self.flights) >= self.setup.limits.queue:
            raise FailedError("busy", self.say(words.BUSY, count=len(self.flights)))
        await self.flights.once(ask.place, lambda: self.fetch(ask))

    async def fetch(self, ask: Ask) -> None:
        """Fetch one file into the store, unless another server of this store does it meanwhile."""

        async def done() -> bool:
            info = self.store.stat(ask.place)
            return info is not None and (ask.kind.fixed or time.time() - info.st_mtime < self.setup.times.fresh)

        async with self._slots, alone(self.store, ask.place, done) as needed:
            if not needed:
                return
            if self.behind is None:
                await self._fetch_up(ask)
                return
            async with self.behind.alone(ask.place, lambda: self.pulled(ask)) as first:
                if first:
                    await self._fetch_up(ask)

    async def _fetch_up(self, ask: Ask) -> None:
        try:
            await (self._fetch_zip(ask) if ask.kind is Kind.ZIP else self._fetch_small(ask))
        except AbsentError as error:
            self.negatives.put(ask.place, error)
            raise
        if self.behind is not None:
            await self.behind.write(ask.place, self.store.path(ask.place))

    async def pulled(self, ask: Ask, *, stale: bool = False) -> bool:
        """Take a file from the store behind, checked as an upstream's; whether it is here now and, unless ``stale``, new enough."""
        if self.behind is None:
            return False
        sink = Disk(self.store.temporary(), MAX_ZIP) if ask.kind is Kind.ZIP else Memory(content.SMALL)
        try:
            seen = await self.behind.read(ask.place, sink)
            if seen is None or not (ask.kind.fixed or stale or time.time() - seen.written < self.setup.times.fresh):
                return False
            if isinstance(sink, Disk):
                await self._take_zip(ask, sink)
            else:
                await self._take_small(ask, sink, mtime=None if ask.kind.fixed else seen.written)
        except FailedError:
            return False  # not what it must be: upstreams are asked, and what they give takes its place
        finally:
            if isinstance(sink, Disk):
                sink.drop()
        self.count("pulled")
        return True

    async def _fetch_small(self, ask: Ask) -> None:
        walk = Walk(self.sources(ask), self.budget, lambda: Memory(content.SMALL), lambda _: None, ask.place, self.traces)
        await walk.ask(lambda sink: self._take_small(ask, sink))
        self.count("fetched")

    async def _take_small(self, ask: Ask, sink: Memory, *, mtime: float | None = None) -> None:
        """Check a small file and store it.

        Raises:
            FailedError: it is not what it must be.
            OSError: the disk would not.
        """
        try:
            h1 = content.check_small(ask, sink.content)
        except UntrueError as error:
            raise FailedError("untrue", str(error)) from None
        temporary = self.store.temporary()
        if ask.kind is Kind.MOD:
            writing = asyncio.to_thread(self.store.write, temporary, sink.content, mtime=mtime)
            await self._kept(ask, temporary, writing, self._true(ask, f"{ask.module} {ask.version}/go.mod", h1))
            return

        def put() -> list[str]:
            self.store.write(temporary, sink.content, mtime=mtime)
            return self.store.settle(temporary, ask.place)

        self._settled(ask, await asyncio.to_thread(put))

    async def _fetch_zip(self, ask: Ask) -> None:
        walk = Walk(
            self.sources(ask), self.budget, lambda: Disk(self.store.temporary(), MAX_ZIP), Disk.drop, ask.place, self.traces
        )
        await walk.ask(lambda sink: self._take_zip(ask, sink))
        self.count("fetched")

    async def _take_zip(self, ask: Ask, sink: Disk) -> None:
        """As :meth:`_take_small`."""
        sink.close()

        async def true() -> None:
            try:
                h1 = await asyncio.to_thread(content.check_zip, ask, sink.path)
            except UntrueError as error:
                raise FailedError("untrue", str(error)) from None
            await self._true(ask, f"{ask.module} {ask.version}", h1)

        await self._kept(ask, sink.path, asyncio.to_thread(self.store.seal, sink.path), true())

    async def _kept(
        self, ask: Ask, temporary: str, writing: Coroutine[Any, Any, None], true: Coroutine[Any, Any, None]
    ) -> None:
        """Put a file at its place when it is on the disk, and true, which is found out meanwhile."""
        ended = await asyncio.gather(writing, true, return_exceptions=True)
        if wrong := [error for error in ended if error is not None]:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            # What is wrong with the file matters more than that the disk would not take it.
            raise wrong[-1]
        self._settled(ask, await asyncio.to_thread(self.store.settle, temporary, ask.place))

    def _settled(self, ask: Ask, folders: list[str]) -> None:
        """A file has its place: what is left to do is done after the answer."""
        self._unsynced |= dict.fromkeys(folders)
        if ask.kind is Kind.ZIP:
            self._unlisted.append((ask.module, ask.version))
        if self._syncing is None or self._syncing.done():
            self._syncing = asyncio.create_task(self._sync())

    async def _sync(self) -> None:
        """After the answer: what must not get lost in a power cut, and lists, which come last."""
        while self._unsynced or self._unlisted:
            if not self._closing.is_set():  # a little later, for many files at once
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LATER):
                        await self._closing.wait()
            folders, self._unsynced = self._unsynced, {}
            listed, self._unlisted = self._unlisted, []
            try:
                await asyncio.to_thread(self.store.sync, folders, listed)
            except OSError:
                self.count("unsynced")

    async def _true(self, ask: Ask, key: str, h1: str) -> None:
        """It is what it always was, and what the checksum database says.

        Raises:
            FailedError: an upstream lies, so the next may be asked.
        """
        try:
            self._as_wanted(key, h1)
            self.ledger.compare(key, h1)
            if not self.ledger.known(key):
                await self.proof.check(ask.module, ask.version, key, h1)
                if self.behind is not None:
                    await self.behind.note(ask.place, h1)
                await self.ledger.note(key, h1)
        except UntrueError as error:
            self.alarm(str(error), ask.module)
            raise FailedError("forged", str(error)) from None

    def _as_wanted(self, key: str, h1: str) -> None:
        wanted = self.wanted.get(key, h1)
        if wanted != h1:
            raise UntrueError(f"{key} is {h1}, and the go.sum given says {wanted}")

    def alarm(self, words_: str, module: str = "") -> None:
        """Something was refused because it is not true."""
        self.count("alarms")
        self.refused.append(Trouble(time.time(), module, module, words_))

    def count(self, name: str, more: int = 1) -> None:
        """So many more of these."""
        self.counts[name] = self.counts.get(name, 0) + more

    async def close(self) -> None:
        """Let what is under way end, and remove temporary files."""
        await self.flights.land(self.setup.times.drain)
        self._closing.set()
        if self._syncing is not None:
            await self._syncing
        self.ledger.close()
        self.store.close()
