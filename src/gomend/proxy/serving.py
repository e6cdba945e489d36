"""One server put together from its set-up, run until it is told to end."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
import urllib.parse
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, NamedTuple

import aiohttp
import msgspec

from gomend import __version__
from gomend.golang.signing import Signer
from gomend.golang.sumdb import Verifier
from gomend.model.text import Translator
from gomend.ports.processes import RealRunner
from gomend.proxy import evict
from gomend.proxy.behind import Behind, identity
from gomend.proxy.database import Database
from gomend.proxy.desk import Desk
from gomend.proxy.front import Front
from gomend.proxy.git.finding import Finder
from gomend.proxy.git.upstream import Git, Rule
from gomend.proxy.guard import Guard, Resolver
from gomend.proxy.kitchen import Kitchen
from gomend.proxy.metrics import Counts
from gomend.proxy.notary import Notary
from gomend.proxy.settings import Setup
from gomend.proxy.store import Store
from gomend.proxy.traces import Told
from gomend.proxy.upstream import CONNECT, Folder, Upstream, Web
from gomend.proxy.witness import Direct, Witness

_BACKLOG: Final = 1024
_PER_HOST: Final = 64
_THREADS: Final = 24
_TIDY: Final = 300.0
"""Seconds from one tidying to the next."""
MEMORY: Final = "memory"
"""A store that is no folder."""
_MEMORY_SIZE: Final = "1GB"
"""What it holds, if nothing is said."""
_TMPFS: Final = "/dev/shm"  # noqa: S108 - a folder of our own is made in it


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there.

    Raises:
        OSError: it cannot.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    listener.set_inheritable(True)
    return listener


def upstreams_of(setup: Setup, session: aiohttp.ClientSession, guard: Guard) -> tuple[Upstream, ...]:
    """The upstreams that a set-up names, in order."""
    found: list[Upstream] = []
    for url, strict in split_upstreams(setup.upstreams):
        if url.startswith("file://"):
            found.append(Folder(urllib.parse.unquote(urllib.parse.urlsplit(url).path), strict=strict))
        else:
            found.append(Web(url, session, guard, setup.times, strict=strict))
    return tuple(found)


def split_upstreams(lists: tuple[str, ...]) -> list[tuple[str, bool]]:
    """Each URL, and whether only a 404 or 410 leads past it (a comma follows it)."""
    found: list[tuple[str, bool]] = []
    for value in lists:
        rest = value
        while rest:
            ends = [i for i in (rest.find(","), rest.find("|")) if i >= 0]
            end = min(ends, default=len(rest))
            url, separator, rest = rest[:end].strip(), rest[end : end + 1], rest[end + 1 :]
            if url:
                found.append((url, separator == ","))
    return found


def git_of(setup: Setup, session: aiohttp.ClientSession, guard: Guard) -> Git | None:
    """The repositories that a set-up names, and those that modules which are had directly say they lie in."""
    rules = tuple(Rule(r.pattern, r.url) for r in setup.git)
    if not rules and not setup.filters.direct:
        return None
    finder = Finder(session, guard) if setup.filters.direct else None
    folder = f"{os.path.realpath(setup.store)}/.gomend/git"
    return Git(RealRunner(os.environ), folder, rules, setup.filters.direct, finder, fresh=setup.times.fresh)


def _named(setup: Setup) -> list[str]:
    """Other URLs than upstreams that a person named: they may be anywhere."""
    urls = [setup.sumdb.url, setup.hook.url, *(u for i in setup.access.issuers for u in (i.url, i.keys))]
    return [url for url in urls if url]


def _skipped(setup: Setup) -> str:
    """Patterns of modules that the checksum database is not asked about: it does not know what lies in our repositories."""
    return ",".join(p for p in (setup.sumdb.skip, *(r.pattern for r in setup.git)) if p)


class Works(NamedTuple):
    """What a server, or a fill, works with."""

    kitchen: Kitchen
    session: aiohttp.ClientSession
    guard: Guard


@asynccontextmanager
async def working(
    setup: Setup, say: Translator, by: Verifier | None, keys: tuple[Signer, ...] = (), first: tuple[Upstream, ...] = ()
) -> AsyncGenerator[Works]:
    """A kitchen over the store and the upstreams of a set-up; ``by`` is the checksum database, ``keys`` sign our own.

    ``first`` are upstreams that are asked before those of the set-up.

    Raises:
        OSError: the store cannot be used.
    """
    # Threads wait for the disk here, and for hashing, which lets go of the interpreter.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, "gomend-proxy"))
    named = [url for url, _ in split_upstreams(setup.upstreams)]
    guard = Guard([*named, *_named(setup)], inner=setup.inner_redirects)
    async with (
        AsyncExitStack() as clean,
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=_PER_HOST, resolver=Resolver(guard), ttl_dns_cache=30),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT),
            headers={"User-Agent": f"gomend-proxy/{__version__}"},
            trust_env=True,
            read_bufsize=1 << 19,
            cookie_jar=aiohttp.DummyCookieJar(),
        ) as session,
    ):
        home = await clean.enter_async_context(_home(setup))
        if setup.store == MEMORY and not setup.evict.size:
            setup = msgspec.structs.replace(setup, evict=msgspec.structs.replace(setup.evict, size=_MEMORY_SIZE))
        setup = msgspec.structs.replace(setup, store=home)
        upstreams = (*first, *upstreams_of(setup, session, guard))
        kitchen = Kitchen(setup, Store(home), upstreams, say=say, session=session)
        if setup.behind.url:
            kitchen.behind = Behind(setup.behind, identity(kitchen.store.private))
        kitchen.git = git_of(setup, session, guard)
        if setup.traces.endpoint:
            kitchen.traces = Told(setup.traces.endpoint, __version__)
            clean.callback(kitchen.traces.close)
        if keys:
            kitchen.own = Database(f"{kitchen.store.private}/sumdb", keys, kitchen.sums)
        if by is not None:
            required = setup.sumdb.name != "auto"
            own: list[Upstream] = []
            if required or setup.sumdb.url:
                own = [Direct(Web(setup.sumdb.url or f"https://{by.name}", session, guard, setup.times), by.name)]
            witness = Witness(by.name, [*kitchen.upstreams, *own], kitchen.budget)
            kitchen.proof = notary = Notary(
                by, kitchen.store, witness, required=required, skip=_skipped(setup), alarm=kitchen.alarm
            )
            warming = asyncio.create_task(notary.warm())
            warming.add_done_callback(lambda task: task.cancelled() or task.exception())
        try:
            yield Works(kitchen, session, guard)
        finally:
            await kitchen.close()
            if kitchen.own is not None:
                kitchen.own.close()


async def serve(
    setup: Setup,
    listener: socket.socket,
    say: Translator,
    ready: Callable[[], object],
    by: Verifier | None = None,
    reload: Callable[[], Setup | None] = lambda: None,
    keys: tuple[Signer, ...] = (),
) -> None:
    """Serve until SIGTERM or SIGINT.

    ``ready`` is called when requests are answered; ``by`` is the checksum database;
    ``reload`` answers the set-up to go by after a SIGHUP, None to go on as before.

    Raises:
        OSError: the store cannot be used.
        StartError: the hot processes do not start.
    """
    async with working(setup, say, by, keys) as (kitchen, session, guard):
        desk = Desk(kitchen, setup, session)
        workers = setup.limits.workers or os.cpu_count() or 1
        front = Front(listener, workers, _log(setup.access_log), desk.answer, setup)
        desk.metrics = Counts(kitchen, front).text
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)

        def anew() -> None:
            if (new := reload()) is not None:
                new = msgspec.structs.replace(new, store=kitchen.setup.store)
                kitchen.use(new, upstreams_of(new, session, guard), git_of(new, session, guard))
                guard.trust([*(url for url, _ in split_upstreams(new.upstreams)), *_named(new)])
                desk.use(new)
                front.tell(("forget",))

        loop.add_signal_handler(signal.SIGHUP, anew)
        await front.start()
        listener.close()
        ready()
        tidying = asyncio.create_task(_tidy(kitchen, front))
        await stop.wait()
        tidying.cancel()
        await front.stop(setup.times.drain)


@asynccontextmanager
async def _home(setup: Setup) -> AsyncGenerator[str]:
    """The folder of the store; ``memory`` is one on tmpfs that ends with the server.

    Raises:
        OSError: it cannot be made.
    """
    if setup.store != MEMORY:
        yield setup.store
        return
    folder = tempfile.mkdtemp(prefix="gomend-store-", dir=_TMPFS)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _tidy(kitchen: Kitchen, front: Front) -> None:
    """Now and then: remove what the set-up says, write what the store behind is owed."""
    while True:
        limits = evict.limits_of(kitchen.setup)
        if limits.any:
            plan = await asyncio.to_thread(evict.plan, kitchen.store, limits)
            gone = await asyncio.to_thread(evict.carry_out, kitchen.store, plan)
            if gone:
                kitchen.count("evicted", len(gone))
                front.tell(("forget",))  # the hot path holds files open
        if kitchen.behind is not None:
            await kitchen.behind.settle()
        await asyncio.sleep(_TIDY)


def _log(where: str) -> int:
    """A handle for the access log: ``-`` is standard error, empty none.

    Raises:
        OSError: the file cannot be opened.
    """
    if where == "-":
        return sys.stderr.fileno()
    if not where:
        return -1
    handle = os.open(where, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    os.set_inheritable(handle, True)
    return handle
