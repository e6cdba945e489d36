"""Answers what the hot path does not know: from the store, else from upstreams, checked before it is stored."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Final

import aiohttp

from gomend.golang import dirhash, modpath, semver, ziphash
from gomend.golang.zips import MAX_ZIP
from gomend.model.text import Translator
from gomend.ports.processes import RealRunner
from gomend.proxy import asks, content, modes, telling, words
from gomend.proxy.answers import FOREVER, Answer, headers_of, said
from gomend.proxy.asks import Ask, BadAskError, Kind
from gomend.proxy.content import UntrueError
from gomend.proxy.database import Database
from gomend.proxy.flight import Flights, alone
from gomend.proxy.git.upstream import Git
from gomend.proxy.health import Budget
from gomend.proxy.ledger import Ledger
from gomend.proxy.negative import Negatives
from gomend.proxy.outcomes import AbsentError, FailedError
from gomend.proxy.policy.rules import Rules, best
from gomend.proxy.proof import NoProof, Proof
from gomend.proxy.settings import Setup
from gomend.proxy.sink import Disk, Memory
from gomend.proxy.store import Store
from gomend.proxy.upstream import Upstream
from gomend.proxy.walk import Walk

_SQUEEZE: Final = 1400
"""Bytes from which on gzip spares a packet."""
_IN_MEMORY: Final = 256 << 10
"""Bytes of a file that the hot path is given whole."""


class Kitchen:
    """One server's work. Everything it needs is given to it."""

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
        self.refused: list[str] = []
        """The newest alarms: what was refused because it was not true."""
        self.budget = Budget()
        self._slots = asyncio.Semaphore(setup.limits.fetches)
        self.counts: dict[str, int] = {}
        self.git: Git | None = None
        """Repositories, for the modules that its rules name; those are asked for nowhere else."""
        self.own: Database | None = None
        """The checksum database of this server's own."""

    def use(self, setup: Setup, upstreams: tuple[Upstream, ...], git: Git | None) -> None:
        """Go by another set-up from now on.

        Raises:
            OSVError: its database of vulnerabilities cannot be read; then nothing changed.
        """
        self.rules = self._rules(setup)
        self.setup, self.upstreams, self.git = setup, upstreams, git

    def _rules(self, setup: Setup) -> Rules:
        return Rules(setup, self.store, self.say, self._told, self._session, RealRunner(os.environ))

    async def answer(self, target: str, *, fetch: bool = True) -> Answer:
        """What to answer to the target of a GET; never raises. ``fetch``: upstreams may be asked."""
        try:
            ask = asks.parse(target)
        except BadAskError as error:
            # 404, not 400: go goes on to the next proxy after it.
            return said(404, "bad", self.say(words.BAD, reason=str(error)))
        try:
            return await self._answer(ask, fetch=fetch)
        except AbsentError as error:
            hint = self.rules.words(ask.module, ask.version) if ask.kind.fixed else ""
            keep = min(2.0, self.setup.times.absent) if fetch else 0.0
            return telling.absent(self.say, ask, error, hint, fetch=fetch, keep=keep)
        except FailedError as error:
            return telling.failed(self.say, ask, error, self.rules.words(ask.module, ask.version) if ask.kind.fixed else "")
        except OSError as error:
            return said(500, "failed", self.say(words.LOCAL, detail=error.strerror or str(error)))

    async def _answer(self, ask: Ask, *, fetch: bool) -> Answer:
        if ask.kind is Kind.SUMDB and self.own is not None and ask.module == self.own.name:
            return self._of_bytes(
                ask, await self.own.answer(_unescaped(ask.version)), FOREVER if ask.version.startswith("tile/") else 0.0
            )
        if ask.kind is Kind.SUMDB:
            return self._of_bytes(ask, *await self.proof.database(ask, fetch=fetch))
        if ask.kind.fixed:
            return await self._fixed(ask, fetch=fetch)
        answer = await self._moving(ask, fetch=fetch and modes.rule_of(self.setup, ask.module).mode != "none")
        return await self._shown(ask, answer, fetch=fetch) if self.rules.hides else answer

    async def _fixed(self, ask: Ask, *, fetch: bool) -> Answer:
        await self.rules.allow(ask)
        if (found := self._stored(ask)) is None:
            if not fetch:
                raise AbsentError(ask.place)
            if ask.kind is not Kind.INFO:
                await self.rules.old_enough(ask.module, ask.version)
            if (other := self._otherwise(ask)) is not None:
                return other
            await self._fetched(ask)
            found = self._stored(ask)
        if found is None:
            raise FailedError("local", f"{ask.place} was stored and is gone")
        await self.rules.licensed(ask)
        more = await self.rules.headers(ask)
        return found._replace(headers=found.headers + more, keep=min(found.keep, self.rules.keep))

    def _otherwise(self, ask: Ask) -> Answer | None:
        """The answer of a mode that does not wait for a fetch; None for the usual one."""
        rule = modes.rule_of(self.setup, ask.module)
        if rule.mode == "sync":
            return None
        what = telling.what(ask)
        if rule.mode in {"async", "async_redirect"} and len(self.flights) < self.setup.limits.queue:
            self.flights.start(ask.place, lambda: self._fetch(ask))
        if rule.mode == "none":
            return said(404, "absent", self.say(words.MODE_NONE, what=what))
        if rule.mode == "async":
            return said(404, "absent", self.say(words.MODE_ASYNC, what=what))
        url = modes.elsewhere(rule, self._sources(ask), ask.place)
        if not url:
            return None
        return said(302, "redirected", self.say(words.MODE_REDIRECT, what=what, url=url), headers=f"Location: {url}\r\n")

    async def _shown(self, ask: Ask, answer: Answer, *, fetch: bool) -> Answer:
        """A list, @latest or query without the versions that rules hide."""
        if ask.kind is Kind.LIST:
            named = answer.body.decode("utf-8", "replace").split("\n")
            versions = [line.split()[0] for line in named if line.strip()]
            kept = await self._visible(ask.module, versions, fetch=fetch)
            return self._of_bytes(ask, "".join(f"{v}\n" for v in kept).encode(), answer.keep)
        version = content.version_of(answer.body)
        if await self._visible(ask.module, [version], fetch=fetch):
            return answer
        if ask.kind is Kind.LATEST:
            list_ = Ask(Kind.LIST, f"{modpath.escape(ask.module)}/@v/list", ask.module)
            try:
                shown = await self._shown(list_, await self._moving(list_, fetch=fetch), fetch=fetch)
            except AbsentError:
                shown = answer._replace(body=b"")
            if newest := best(ask.module, shown.body.decode().split()):
                return self._of_bytes(ask, await self._told(ask.module, newest), answer.keep)
        await self.rules.old_enough(ask.module, version)
        await self.rules.allow(Ask(Kind.ZIP, asks.places(ask.module, version)[2], ask.module, version))
        return answer

    async def _visible(self, module: str, versions: list[str], *, fetch: bool) -> list[str]:
        if not fetch:  # nothing may be fetched to learn how old they are; what is here was old enough
            versions = [v for v in versions if self.store.stat(asks.places(module, v)[2]) is not None]
        return await self.rules.visible(module, versions)

    async def _told(self, module: str, version: str) -> bytes:
        """The .info of a version, fetched if it is not here."""
        info = Ask(Kind.INFO, asks.places(module, version)[0], module, version)
        if self.store.stat(info.place) is None:
            await self._fetched(info)
        return self.store.read(info.place) or b""

    def _sources(self, ask: Ask) -> tuple[Upstream, ...]:
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
                await self._fetched(Ask(kind, place, module, version))
        h1_zip = (
            self.ledger.known(f"{module} {version}") or (await asyncio.to_thread(ziphash.of_file, self.store.path(zip_))).h1
        )
        h1_mod = self.ledger.known(f"{module} {version}/go.mod") or dirhash.h1_mod(self.store.read(mod) or b"")
        return h1_zip, h1_mod

    def _stored(self, ask: Ask) -> Answer | None:
        """A file of the store that never changes."""
        info = self.store.stat(ask.place)
        if info is None:
            return None
        etag = f"{info.st_size:x}-{info.st_mtime_ns:x}"
        if ask.kind is Kind.ZIP or info.st_size > _IN_MEMORY:
            return Answer(
                200, ask.kind.value, headers_of(ask, FOREVER), b"", self.store.path(ask.place), info.st_size, etag, FOREVER
            )
        raw = self.store.read(ask.place)
        if raw is None:
            return None
        return self._of_bytes(ask, raw, FOREVER)._replace(etag=etag)

    def _of_bytes(self, ask: Ask, raw: bytes, keep: float) -> Answer:
        return Answer(200, ask.kind.value, headers_of(ask, keep), raw, size=len(raw), keep=keep, squeeze=len(raw) >= _SQUEEZE)

    async def _moving(self, ask: Ask, *, fetch: bool) -> Answer:
        """A list, @latest or query: fresh from the store, stale while a new one is fetched, else new."""
        times, info = self.setup.times, self.store.stat(ask.place)
        age = time.time() - info.st_mtime if info is not None and info.st_mtime else None
        if not fetch or (age is not None and age < times.fresh):
            return self._local(ask, None if age is None else times.fresh - age)
        if age is not None and age < times.fresh + times.stale:
            self.flights.start(ask.place, lambda: self._fetch(ask))
            return self._local(ask, 1.0)
        try:
            await self._fetched(ask)
        except (AbsentError, FailedError) as error:
            try:
                answer = self._local(ask, 1.0)
            except AbsentError:
                raise error from None
            self.count("served_stale")
            return answer
        return self._local(ask, times.fresh)

    def _local(self, ask: Ask, keep: float | None) -> Answer:
        """What the store has: an upstream's answer, however old, else what its own versions say."""
        raw = self.store.read(ask.place) if keep is not None or ask.kind is Kind.QUERY else None
        if raw is None and ask.kind is Kind.LIST:
            raw = "".join(f"{v}\n" for v in self.store.versions(ask.module)).encode() or None
        if raw is None and ask.kind is Kind.LATEST and (versions := self.store.versions(ask.module)):
            raw = self.store.read(asks.places(ask.module, versions[-1])[0])
        if raw is None:
            raise AbsentError(ask.place)
        return self._of_bytes(ask, raw, keep or 0.0)

    async def _fetched(self, ask: Ask) -> None:
        if (error := self.negatives.get(ask.place)) is not None:
            raise error
        if len(self.flights) >= self.setup.limits.queue:
            raise FailedError("busy", self.say(words.BUSY, count=len(self.flights)))
        await self.flights.once(ask.place, lambda: self._fetch(ask))

    async def _fetch(self, ask: Ask) -> None:
        """Fetch one file into the store, unless another server of this store does it meanwhile."""

        async def done() -> bool:
            info = self.store.stat(ask.place)
            return info is not None and (ask.kind.fixed or time.time() - info.st_mtime < self.setup.times.fresh)

        async with self._slots, alone(self.store, ask.place, done) as needed:
            if not needed:
                return
            try:
                await (self._fetch_zip(ask) if ask.kind is Kind.ZIP else self._fetch_small(ask))
            except AbsentError as error:
                self.negatives.put(ask.place, error)
                raise

    async def _fetch_small(self, ask: Ask) -> None:
        async def accept(sink: Memory) -> None:
            try:
                h1 = content.check_small(ask, sink.content)
            except UntrueError as error:
                raise FailedError("untrue", str(error)) from None
            if ask.kind is Kind.MOD:
                await self._true(ask, f"{ask.module} {ask.version}/go.mod", h1)

        walk = Walk(self._sources(ask), self.budget, lambda: Memory(content.SMALL), lambda _: None, ask.place)
        _, sink = await walk.ask(accept)
        self.count("fetched")
        await asyncio.to_thread(self.store.put, ask.place, sink.content)

    async def _fetch_zip(self, ask: Ask) -> None:
        async def accept(sink: Disk) -> None:
            sink.close()
            try:
                h1 = await asyncio.to_thread(content.check_zip, ask, sink.path)
            except UntrueError as error:
                raise FailedError("untrue", str(error)) from None
            await self._true(ask, f"{ask.module} {ask.version}", h1)

        walk = Walk(self._sources(ask), self.budget, lambda: Disk(self.store.temporary(), MAX_ZIP), Disk.drop, ask.place)
        _, sink = await walk.ask(accept)
        self.count("fetched")
        await asyncio.to_thread(self._keep_zip, ask, sink.path)

    def _keep_zip(self, ask: Ask, temporary: str) -> None:
        self.store.keep(temporary, ask.place)
        self.store.index(ask.module, ask.version)

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
                await self.ledger.note(key, h1)
        except UntrueError as error:
            self.alarm(str(error))
            raise FailedError("forged", str(error)) from None

    def _as_wanted(self, key: str, h1: str) -> None:
        wanted = self.wanted.get(key, h1)
        if wanted != h1:
            raise UntrueError(f"{key} is {h1}, and the go.sum given says {wanted}")

    def alarm(self, words_: str) -> None:
        """Something was refused because it is not true."""
        self.count("alarms")
        self.refused = [*self.refused[-19:], words_]

    def count(self, name: str) -> None:
        """One more of these."""
        self.counts[name] = self.counts.get(name, 0) + 1

    async def close(self) -> None:
        """Let what is under way end, and remove temporary files."""
        await self.flights.land(self.setup.times.drain)
        self.ledger.close()
        self.store.close()


def _unescaped(rest: str) -> str:
    """The module's own name in a lookup."""
    return modpath.unescape(rest) if rest.startswith("lookup/") else rest
