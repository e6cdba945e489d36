"""All that ``gomend incidents serve`` listens on and asks, started and ended together."""

from __future__ import annotations

import asyncio
import contextlib
import time
import urllib.parse
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from gomend.incidents.inbox import Inbox
from gomend.incidents.intake import Intake
from gomend.incidents.journal import Journal
from gomend.incidents.rows import Case
from gomend.incidents.settings import Setup, endpoint
from gomend.model.base import Thing

_HOT_SECONDS: Final = 65 * 60
_HOT_BYTES: Final = 256_000_000
"""Of the store, packed as it is, after a restart: millions of spans, read in well under a minute."""
_MINUTE: Final = 60.0


class SourceShape(Thing, frozen=True):
    """A source that is asked; ``problem`` is empty while it works, ``heard`` seconds since 1970 (0: never)."""

    name: str
    problem: str
    heard: float
    failures: int


class IntakeShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``/status``: rows that came by kind (``.ragged``: not usable), what was over a bound, and the sources."""

    schema_: str
    seen: dict[str, int]
    over: dict[str, int]
    sources: tuple[SourceShape, ...]


def restore(journal: Journal, inbox: Inbox, case: Case) -> None:
    """Read what was accepted before a restart, as far as it is still looked at; a line that a kill cut off is counted.

    Raises:
        BadCase: a file cannot be read.
        OSError: the folder cannot be read.
    """
    from gomend.incidents.case import decoded_lines
    from gomend.incidents.kept import add_line

    for path in journal.recent(_HOT_SECONDS, _HOT_BYTES):
        for line in decoded_lines(str(path)):
            batch = Case(labels=case.labels)
            add_line(batch, line)
            inbox.offer(batch)
            if inbox.full():
                inbox.pour(case)
    inbox.pour(case)


@contextlib.asynccontextmanager
async def receiving(
    setup: Setup, journal: Journal, inbox: Inbox, environ: Mapping[str, str], told: Callable[[str, str], None]
) -> AsyncGenerator[None, None]:
    """Listen and ask until the end of the block. ``told`` hears of (what, words): ``http`` and ``grpc`` with their address, ``source`` with its state.

    Raises:
        OSError: an address cannot be listened on.
        BadConfig: a kubeconfig cannot be used.
        ModuleNotFoundError: the extra is not installed.
    """
    from aiohttp import web

    from gomend.incidents.receiver import application
    from gomend.incidents.sources.supervise import State, forever

    intake = Intake(journal, inbox, setup.labels)
    token = environ.get(setup.listen.token_env, "") if setup.listen.token_env else ""
    states: list[State] = []
    runner = web.AppRunner(application(intake, lambda: status(inbox, states), token), access_log=None, auto_decompress=False)
    await runner.setup()
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(runner.cleanup)
        http, grpc = endpoint(setup.listen.http), endpoint(setup.listen.grpc)
        if http is not None:
            await web.TCPSite(runner, *http).start()
            told("http", f"http://{setup.listen.http.rpartition(':')[0]}:{runner.addresses[0][1]}")
        if grpc is not None:
            from gomend.incidents.grpcreceiver import started

            server, port = await started(intake, setup.listen.grpc, token)
            stack.push_async_callback(server.stop, 1.0)
            told("grpc", f"{setup.listen.grpc.rpartition(':')[0]}:{port}")
        tasks: list[asyncio.Task[None]] = []
        for name, once, close in sources(setup, intake, environ):
            state = State(name, lambda s: told("source", _state(s)))
            states.append(state)
            stack.push_async_callback(close)
            tasks.append(asyncio.create_task(forever(state, once)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


_Once = Callable[[Any], Coroutine[Any, Any, None]]
_Close = Callable[[], Coroutine[Any, Any, None]]


def sources(setup: Setup, intake: Intake, environ: Mapping[str, str]) -> list[tuple[str, _Once, _Close]]:
    """What is asked: its name, what asks once, what hangs up.

    Raises:
        BadConfig: a kubeconfig cannot be used.
    """
    from gomend.incidents.sources import jaeger, kubeconfig, prometheus
    from gomend.incidents.sources.client import Client
    from gomend.incidents.sources.watch import KINDS, Watch

    found: list[tuple[str, _Once, _Close]] = []
    for each in setup.kubernetes:
        cluster = kubeconfig.find(each.kubeconfig, each.context, environ)
        for kind in KINDS:
            for namespace in each.namespaces if each.namespaces and kind != "Node" else ("",):
                # A connection each: a watch holds its own for minutes.
                client = Client(cluster.server, cluster.token, cluster.tls)
                name = f"kubernetes {_host(cluster.server)} {KINDS[kind][1]}" + (f" {namespace}" if namespace else "")
                found.append((name, Watch(client, intake, kind, namespace).once, client.close))
    for server in setup.prometheus:
        client = Client(server.url, _token(server.token_env, environ))
        found.append((f"prometheus {_host(server.url)}", prometheus.Poll(client, intake, server).once, client.close))
    for service in setup.jaeger:
        client = Client(service.url, _token(service.token_env, environ))
        found.append((f"jaeger {_host(service.url)}", jaeger.Poll(client, intake, service).once, client.close))
    return found


def _host(url: str) -> str:
    """A server's name for people, without a password."""
    return urllib.parse.urlsplit(url).netloc.rpartition("@")[2]


def _token(name: str, environ: Mapping[str, str]) -> Callable[[], str]:
    return lambda: environ.get(name, "") if name else ""


def status(inbox: Inbox, states: list[Any]) -> bytes:
    """The answer of ``/status``."""
    made = IntakeShape(
        schema_="gomend.incidents-intake/1",
        seen=dict(inbox.seen),
        over=dict(inbox.over),
        sources=tuple(SourceShape(s.name, s.problem, round(s.heard, 3), s.failures) for s in states),
    )
    return msgspec.json.encode(made)


def _state(state: Any) -> str:
    return f"{state.name}: {state.problem or 'heard again'}"


class Over:
    """Tells what is over a bound, as it grows, once a minute at most."""

    def __init__(self, inbox: Inbox, told: Callable[[str, str], None]) -> None:
        """Nothing is told yet."""
        self._inbox, self._told = inbox, told
        self._before: dict[str, int] = {}
        self._at = -_MINUTE

    def tell(self, *, last: bool = False) -> None:
        """Tell what grew; ``last``: there will be no other time."""
        now = dict(self._inbox.over)
        if now != self._before and (last or time.monotonic() - self._at >= _MINUTE):
            self._at = time.monotonic()
            self._before = now
            self._told("over", ", ".join(f"{what}: {many}" for what, many in sorted(now.items())))


def opened(setup: Setup) -> tuple[Journal, Inbox]:
    """The store and the inbox of a set-up.

    Raises:
        OSError: the store cannot be made.
    """
    return Journal(Path(setup.store), setup.retention), Inbox(setup.bounds)
