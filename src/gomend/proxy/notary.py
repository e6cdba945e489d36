"""The checksum database as the server's witness, and the server as its proxy: nothing it says is believed unproved.

Source: golang.org/x/mod/sumdb (Client), which go itself uses: the tree head is signed, every tree seen is the beginning of the
next, a record is in the tree. What does not fit is an alarm, and neither stored nor passed on.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from gomend.golang import modpath, patterns, sumdb
from gomend.golang.sumdb import Record, SumDBError, Tree, Verifier
from gomend.golang.treetiles import TileError, TreeTiles
from gomend.ports.files import write_whole
from gomend.proxy.asks import Ask
from gomend.proxy.content import UntrueError
from gomend.proxy.flight import Flights
from gomend.proxy.outcomes import AbsentError, FailedError
from gomend.proxy.store import Store
from gomend.proxy.witness import Witness

KEPT: Final = 20_000
"""Records kept in memory."""
HEAD_FRESH: Final = 30.0
"""Seconds for which a tree head is not asked for again."""
_THREADS: Final = 8


class Notary:
    """Of one database."""

    def __init__(
        self, by: Verifier, store: Store, witness: Witness, *, required: bool, skip: str, alarm: Callable[[str], None]
    ) -> None:
        """``required``: a module that it does not vouch for is refused; ``skip``: patterns of modules it is not asked about."""
        self._by = by
        self._store = store
        self._witness = witness
        self._required = required
        self._skip = skip
        self._alarm = alarm
        self._home = f"sumdb/{by.name}"
        self._place = f"{store.private}/{by.name}.tree"
        self._known: OrderedDict[str, dict[str, str]] = OrderedDict()
        self._flights = Flights()
        self._turn = asyncio.Lock()
        self._heads: set[tuple[int, bytes]] = set()
        """Tree heads that were found to be of one history."""
        # Of its own: a proof's thread waits for tiles, which must not wait for the proofs.
        self._threads = ThreadPoolExecutor(_THREADS, "gomend-proof")
        self._thread = threading.local()
        self.unproved = 0
        """Modules that were let through because the database could not be asked and is not required."""
        self._note: bytes = self._remembered()
        self._tiles: TreeTiles = TreeTiles(sumdb.opened(self._note, by) if self._note else Tree(size=0, root=b""), self._read)

    async def warm(self) -> None:
        """Learn who stands before the database, before the first client must wait for it."""
        await self._witness.there()

    async def check(self, module: str, version: str, key: str, h1: str) -> None:
        """Compare with what the database says; see :class:`gomend.proxy.proof.Proof`."""
        if patterns.matches(self._skip, module):
            return
        name = f"{modpath.escape(module)}@{modpath.escape(version)}"
        sums = self._known.get(name)
        if sums is None:
            try:
                raw = await self._flights.once(name, lambda: self._vouched(name))
            except (AbsentError, FailedError) as error:
                if isinstance(error, FailedError) and error.kind == "forged":
                    raise UntrueError(str(error)) from None
                if self._required:
                    raise FailedError("unvouched", f"{self._by.name} does not vouch for {module}@{version}: {error}") from None
                self.unproved += 1
                return
            sums = sumdb.record(raw).sums()
            self._known[name] = sums
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        if sums.get(key) != h1:
            raise UntrueError(f"{key} is {h1}, and {self._by.name} says {sums.get(key) or 'nothing of it'}")

    async def database(self, ask: Ask, *, fetch: bool) -> tuple[bytes, float]:
        """One of its files for a client; see :class:`gomend.proxy.proof.Proof`."""
        if ask.module != self._by.name:
            raise AbsentError(f"not the database {self._by.name}")
        rest = ask.version
        if rest == "supported":
            if not await self._witness.there():
                raise AbsentError(f"{self._by.name} cannot be reached from here")
            return b"", HEAD_FRESH
        if rest == "latest":
            return await self._head(), HEAD_FRESH
        if rest.startswith("lookup/"):
            name = rest.removeprefix("lookup/")
            return await self._flights.once(name, lambda: self._vouched(name)), 3600.0
        return await self._tile(rest), 3600.0

    async def _vouched(self, name: str) -> bytes:
        """The answer to a lookup, proved.

        Raises:
            AbsentError: the database has no such version.
            FailedError: it cannot be asked; ``forged``: what it says is not proved.
        """
        place = f"{self._home}/lookup/{name}"
        stored = await asyncio.to_thread(self._store.read, place)
        raw = stored if stored is not None else await self._witness.read(place)
        try:
            record = sumdb.record(raw)
        except SumDBError as error:  # no database at all, but a server that answers something to everything
            raise FailedError("untrue", f"{self._by.name}: {error}") from None
        try:
            tree = sumdb.opened(record.note, self._by)
            await self._follow(tree, record.note)
            problem = await self._record_problem(name, record)
        except SumDBError as error:
            raise self._forged(str(error)) from None
        if problem:
            raise self._forged(problem)
        if stored is None:
            await asyncio.to_thread(self._store.put, place, raw)
            if self._store.stat(f"{self._home}/supported") is None:  # for those who read the folder with GOPROXY=file://
                await asyncio.to_thread(self._store.put, f"{self._home}/supported", b"")
        return raw

    async def _record_problem(self, name: str, record: Record) -> str:
        """Why a record proves nothing about ``name``; empty if it does."""
        asked = modpath.unescape(name).replace("@", " ")
        if not any(key.removesuffix("/go.mod") == asked for key in record.sums()):
            return f"the answer is not about {asked}"
        tiles = self._tiles
        return (
            ""
            if await self._prove(lambda: tiles.contains(record))
            else f"record {record.number} ({asked}) is not in the signed tree"
        )

    async def _head(self) -> bytes:
        """The newest tree head: what the database says now, or what we know if it cannot be asked."""
        try:
            note = await self._witness.read(f"{self._home}/latest")
        except (AbsentError, FailedError):
            if not self._note:
                raise
            return self._note
        try:
            tree = sumdb.opened(note, self._by)
            if tree.size < self._tiles.tree.size:
                self._alarm(f"{self._by.name} was rolled back from {self._tiles.tree.size} records to {tree.size}")
            await self._follow(tree, note)
        except SumDBError as error:
            raise self._forged(str(error)) from None
        return self._note

    async def _follow(self, tree: Tree, note: bytes) -> None:
        """See that a tree and the one we know are one history, and keep the longer. Many may be looked at at once.

        Raises:
            SumDBError: they are not, or tiles are false.
            FailedError: tiles cannot be had.
        """
        while (tree.size, tree.root) not in self._heads:
            known = self._tiles
            new = known if tree.size <= known.tree.size else TreeTiles(tree, self._read)
            older = tree if new is known else known.tree
            if not await self._prove(partial(_continues, new, older)):
                raise SumDBError(
                    f"the log has forked: its tree of {older.size} records is no beginning of that of {new.tree.size}"
                )
            if new is not known:
                async with self._turn:
                    if self._tiles is not known:
                        continue  # another came first; this one must continue that one, too
                    self._tiles, self._note = new, note
                    await asyncio.to_thread(self._remember, note)
            if len(self._heads) >= KEPT:
                self._heads.clear()
            self._heads.add((tree.size, tree.root))

    async def _prove(self, work: Callable[[], bool]) -> bool:
        """Run a proof in a thread; tiles that were fetched for it are stored once they are authenticated."""
        loop = asyncio.get_running_loop()
        self._loop = loop
        for again in (True, False):
            try:
                proved, fetched = await loop.run_in_executor(self._threads, self._work, work)
            except TileError as error:
                if error.missing or not again:
                    kind = "silent" if error.missing else "forged"
                    if kind == "forged":
                        raise SumDBError(str(error)) from None
                    raise FailedError(kind, f"{self._by.name}: {error}") from None
                # What is on our own disk may be what is false.
                self._forget(error)
                continue
            for (level, number, width), raw in fetched.items():
                await asyncio.to_thread(self._store.put, f"{self._home}/{sumdb.tile_path(level, number, width)}", raw)
            return proved
        return False

    def _work(self, work: Callable[[], bool]) -> tuple[bool, dict[tuple[int, int, int], bytes]]:
        """In a thread: the proof's result, and the tiles that were fetched for it."""
        fetched: dict[tuple[int, int, int], bytes] = {}
        self._thread.fetched = fetched
        return work(), fetched

    def _read(self, level: int, number: int, width: int) -> bytes | None:
        """A tile, in a proof's thread: from the store, else from the witness."""
        place = f"{self._home}/{sumdb.tile_path(level, number, width)}"
        stored = self._store.read(place)
        if stored is not None:
            return stored
        try:
            once = self._flights.once(place, partial(self._witness.read, place))
            raw = asyncio.run_coroutine_threadsafe(once, self._loop).result()
        except (AbsentError, FailedError):
            return None
        self._thread.fetched[level, number, width] = raw
        return raw

    async def _tile(self, rest: str) -> bytes:
        """A tile of any width, cut from one that is authenticated."""
        _, height, level_, name = rest.split("/", 3)
        name, _, part = name.partition(".p/")
        number = int(name.replace("x", "").replace("/", ""))
        if height != str(sumdb.HEIGHT) or level_ == "data":
            return await self._witness.read(f"{self._home}/{rest}")
        level, width = int(level_), int(part or 1 << sumdb.HEIGHT)
        if self._tiles.width(level, number) < width:
            await self._head()
        if not 0 < width <= self._tiles.width(level, number):
            raise AbsentError(f"the tree has no tile {rest} yet")
        tiles, found = self._tiles, list[bytes]()

        def read() -> bool:
            found.append(tiles.tile(level, number))
            return True

        try:
            await self._prove(read)
        except SumDBError as error:
            raise self._forged(str(error)) from None
        return found[-1][: width * sumdb.HASH]

    def _forget(self, error: TileError) -> None:
        """Remove stored tiles that a proof found false."""
        wanted = [(error.level, error.number, error.width)]
        if error.level < 0:
            tiles = TreeTiles(Tree(size=error.number, root=b""), self._read)
            wanted = [
                (level, (error.number >> (8 * level)) >> 8, tiles.width(level, (error.number >> (8 * level)) >> 8))
                for level in range(8)
            ]
        for level, number, width in wanted:
            if width > 0:
                with contextlib.suppress(OSError):
                    os.unlink(self._store.path(f"{self._home}/{sumdb.tile_path(level, number, width)}"))

    def _forged(self, reason: str) -> FailedError:
        words = f"{self._by.name}: {reason}"
        self._alarm(words)
        return FailedError("forged", words)

    def _remembered(self) -> bytes:
        """The newest tree head seen before; empty if none, or if it is not signed by this key any more."""
        try:
            with open(self._place, "rb") as file:
                note = file.read()
            sumdb.opened(note, self._by)
        except (OSError, SumDBError):
            return b""
        return note

    def _remember(self, note: bytes) -> None:
        write_whole(self._place, note)


def _continues(new: TreeTiles, older: Tree) -> bool:
    """Whether a tree begins with an older one, and its own right edge makes up its root (TileError if not)."""
    if new.tree.size:
        new.tile(0, 0)
    return new.extends(older)
