"""The kitchen's side of the hot processes: starts them, answers their questions, ends them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable
from typing import Final

from gomend.proxy.answers import Answer
from gomend.proxy.hot.wire import Message, packed, unpacked
from gomend.proxy.settings import Setup

_READ: Final = 1 << 18
_START: Final = 20.0
"""Seconds that the processes have to start."""
_MAIN: Final = "import sys; sys.path[:] = {path!r}; from gomend.proxy.hot.main import main; main()"
Answerer = Callable[[str, str, bool], Awaitable[Answer]]


class StartError(Exception):
    """The hot processes did not start; the message says why."""


class Front:
    """All hot processes of one server."""

    def __init__(self, listener: socket.socket, workers: int, log: int, answer: Answerer, setup: Setup) -> None:
        """``answer`` is given target, Authorization and whether upstreams may be asked; ``log``: see :mod:`.hot.worker`."""
        self._listener = listener
        self._workers = workers
        self._log = log
        self._answer = answer
        self._tls = setup.tls
        self._access = setup.access
        self._folder = tempfile.mkdtemp(prefix="gomend-")
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready = asyncio.Event()
        self.counts: dict[str, int] = {}
        """Answers by ``kind status``, of all processes."""
        self.sent = 0
        self.connections: dict[asyncio.StreamWriter, int] = {}

    async def start(self) -> None:
        """Fork them, and wait until all listen.

        Raises:
            StartError: they do not.
        """
        path = f"{self._folder}/kitchen"
        self._server = await asyncio.start_unix_server(self._meet, path)
        code = _MAIN.format(path=[os.path.abspath(p) for p in sys.path if p])
        handles = [self._listener.fileno(), *([self._log] if self._log >= 0 else [])]
        words = [
            "-I",
            "-S",
            "-c",
            code,
            str(self._listener.fileno()),
            path,
            str(self._workers),
            str(self._log),
            self._tls.cert,
            self._tls.key,
            self._tls.client_ca,
            str(self._access.rate),
            str(self._access.burst),
        ]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *words, pass_fds=handles, stdin=asyncio.subprocess.DEVNULL
        )
        started = asyncio.create_task(self._ready.wait())
        ended = asyncio.create_task(self._process.wait())
        await asyncio.wait({started, ended}, timeout=_START, return_when=asyncio.FIRST_COMPLETED)
        fine = started.done()
        started.cancel()
        ended.cancel()
        if not fine:
            await self.stop(0)
            raise StartError("the processes that answer did not start")

    async def stop(self, seconds: float) -> None:
        """Accept no more, answer what is open for at most so long, end the processes."""
        self.tell(("drain",))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._process.wait()
        for writer in list(self._writers):
            writer.close()
        self._server.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        try:
            async with asyncio.timeout(2):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()

    def tell(self, message: Message) -> None:
        """Tell all processes (``drain``, ``forget``)."""
        for writer in self._writers:
            writer.write(packed(message))

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Listen to one process until it ends."""
        self._writers.add(writer)
        buffer = bytearray()
        try:
            while raw := await reader.read(_READ):
                buffer += raw
                for message in unpacked(buffer):
                    self._take(message, writer)
        except OSError:
            pass
        finally:
            self._writers.discard(writer)
            self.connections.pop(writer, None)
            writer.close()

    def _take(self, message: Message, writer: asyncio.StreamWriter) -> None:
        match message:
            case ("ask", int(number), bytes(target), bytes(auth), bool(fetch)):
                task = asyncio.create_task(self._reply(number, target, auth, fetch, writer))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            case ("count", dict(counts), int(sent), int(connections)):
                for name, count in counts.items():
                    self.counts[name] = self.counts.get(name, 0) + count
                self.sent += sent
                self.connections[writer] = connections
            case ("ready", int()):
                if len(self._writers) >= self._workers:
                    self._ready.set()
            case _:
                pass

    async def _reply(self, number: int, target: bytes, auth: bytes, fetch: bool, writer: asyncio.StreamWriter) -> None:
        answer = await self._answer(target.decode("latin-1"), auth.decode("latin-1"), fetch)
        if not writer.is_closing():
            writer.write(packed(("answer", number, *answer)))
