"""One upstream: a module proxy over HTTP, or a folder in the layout of one."""

from __future__ import annotations

import asyncio
import os
import time
import urllib.parse
from collections.abc import Callable
from typing import Final, Protocol

import aiohttp

from gomend.model.redact import redact
from gomend.proxy.guard import Guard
from gomend.proxy.health import Health
from gomend.proxy.outcomes import AbsentError, FailedError, one_line
from gomend.proxy.settings import Times
from gomend.proxy.sink import Sink

CONNECT: Final = 2.5
"""Seconds for a connection."""
PACE: Final = 4096
"""Bytes that must come in the time that a body may stand still, or the rest of the body."""
RESUMES: Final = 2
"""How often a body that broke off is asked for again from where it broke."""
REDIRECTS: Final = 3
"""Redirects that are followed."""
_PIECE: Final = 1 << 18
_SAID: Final = 2000


class Upstream(Protocol):
    """Where modules come from. ``name`` may be shown; ``strict``: the next one is asked only after a 404 or 410."""

    name: str
    health: Health
    strict: bool

    async def fetch(self, place: str, sink: Sink, begun: Callable[[], None]) -> None:
        """Write the file at ``place`` to ``sink``; ``begun`` is called when the answer has started.

        Raises:
            AbsentError: it has none.
            FailedError: it does not say.
        """
        ...


class Folder:
    """A ``file://`` upstream."""

    def __init__(self, root: str, *, strict: bool = False) -> None:
        """``root`` is a folder in the layout of a module proxy."""
        self._root = root
        self.name = f"file://{root}"
        self.health = Health()
        self.strict = strict

    async def fetch(self, place: str, sink: Sink, begun: Callable[[], None]) -> None:
        """Copy the file."""
        try:
            file = os.open(f"{self._root}/{place}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            if not os.path.isdir(self._root):
                raise FailedError("refused", f"the folder {self._root} is not there") from None
            raise AbsentError(f"no {place}") from None
        except OSError as error:
            raise FailedError("refused", f"{self._root}: {error.strerror}") from None
        try:
            begun()
            while piece := os.read(file, _PIECE):
                sink.write(piece)
                if len(piece) == _PIECE:
                    await asyncio.sleep(0)
        except OSError as error:
            raise FailedError("broken", f"{self._root}: {error.strerror}") from None
        finally:
            os.close(file)


class Web:
    """An ``http://`` or ``https://`` upstream. Credentials in its URL go to this host alone."""

    def __init__(self, url: str, session: aiohttp.ClientSession, guard: Guard, times: Times, *, strict: bool = False) -> None:
        """``url`` is what would stand in GOPROXY."""
        parts = urllib.parse.urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        self.base = urllib.parse.urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        self._home = (parts.scheme, host)
        user, password = urllib.parse.unquote(parts.username or ""), urllib.parse.unquote(parts.password or "")
        self.open = not (user or password)
        """Whether its URL may be given to clients: it has no credentials."""
        self._login = {"Authorization": aiohttp.encode_basic_auth(user, password)} if user or password else {}
        self._session = session
        self._guard = guard
        self._answer = times.answer
        self._idle = times.idle
        self.name = redact(self.base)
        self.health = Health()
        self.strict = strict

    async def fetch(self, place: str, sink: Sink, begun: Callable[[], None]) -> None:
        """Ask, and ask again for the rest if the body breaks off."""
        for more in range(RESUMES + 1):
            had = sink.size
            try:
                await self._once(place, sink, begun)
            except FailedError as error:
                if error.kind != "broken" or more == RESUMES or sink.size == had:
                    raise
            else:
                return

    async def _once(self, place: str, sink: Sink, begun: Callable[[], None]) -> None:
        url = f"{self.base}/{urllib.parse.quote(place, safe='/@$&+=:~,;')}"
        headers = {"Accept-Encoding": "identity" if place.endswith(".zip") else "gzip"}
        if sink.size:
            headers["Range"] = f"bytes={sink.size}-"
        try:
            async with await self._open(url, headers) as reply:
                self._judge(reply, sink, place, await self._said(reply) if reply.status >= 300 else "")
                begun()
                await self._body(reply, sink)
        except TimeoutError:
            raise FailedError("silent", f"{self.name} did not answer within {self._answer:g} s") from None
        except aiohttp.ClientConnectorError as error:
            raise FailedError("refused", f"{self.name}: {_no_connection(error)}") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            kind = "broken" if sink.size or isinstance(error, aiohttp.ClientPayloadError) else "refused"
            raise FailedError(kind, f"{self.name}: {one_line(str(error)) or type(error).__name__}", partial=sink.size) from None

    async def _open(self, url: str, headers: dict[str, str]) -> aiohttp.ClientResponse:
        """The answer after redirects, each of which the guard allowed."""
        until = time.monotonic() + self._answer
        for _ in range(REDIRECTS + 1):
            parts = urllib.parse.urlsplit(url)
            login = self._login if (parts.scheme, parts.netloc) == self._home else {}
            async with asyncio.timeout(max(0.01, until - time.monotonic())):
                reply = await self._session.get(url, headers={**headers, **login}, allow_redirects=False)
            if reply.status not in {301, 302, 303, 307, 308}:
                return reply
            where = urllib.parse.urljoin(url, reply.headers.get("Location", ""))
            reply.release()
            if problem := self._guard.problem(url, where):
                raise FailedError("redirect", f"{self.name} redirects {problem}")
            url = where
        raise FailedError("redirect", f"{self.name} redirects more than {REDIRECTS} times")

    async def _said(self, reply: aiohttp.ClientResponse) -> str:
        """The start of an error's text."""
        try:
            async with asyncio.timeout(1):
                raw = await reply.content.read(_SAID)
        except (TimeoutError, aiohttp.ClientError):
            return ""
        text = raw.decode("utf-8", "replace")
        return "" if text.lstrip().startswith("<") else redact(one_line(text))

    def _judge(self, reply: aiohttp.ClientResponse, sink: Sink, place: str, said: str) -> None:
        status, tail = reply.status, f": {said}" if said else ""
        if status in {404, 410}:
            raise AbsentError(said or f"{place}: {status}", status)
        if status in {401, 403}:
            raise FailedError("denied", f"{self.name} answered {status} for {place}{tail}")
        if status == 429:
            raise FailedError("busy", f"{self.name} answered 429 (too many requests){tail}", wait=_wait(reply))
        if status == 206 and sink.size:
            if reply.headers.get("Content-Range", "").startswith(f"bytes {sink.size}-"):
                return
            raise FailedError("untrue", f"{self.name} answered another range than was asked for")
        if status != 200:
            raise FailedError("status", f"{self.name} answered {status}{tail}", wait=_wait(reply) if status == 503 else 0)
        if sink.size:
            sink.restart()
        if reply.headers.get("Content-Type", "").startswith("text/html"):
            raise FailedError("untrue", f"{self.name} answered a web page for {place}")

    async def _body(self, reply: aiohttp.ClientResponse, sink: Sink) -> None:
        came, started = 0, time.monotonic()
        while True:
            try:
                async with asyncio.timeout(self._idle):
                    piece = await reply.content.readany()
            except TimeoutError:
                raise FailedError("slow", f"{self.name} sent nothing for {self._idle:g} s", partial=sink.size) from None
            if not piece:
                return
            sink.write(piece)
            came += len(piece)
            if (now := time.monotonic()) - started > self._idle:
                if came < PACE:
                    raise FailedError("slow", f"{self.name} sent {came} bytes in {self._idle:g} s", partial=sink.size)
                came, started = 0, now


def _no_connection(error: aiohttp.ClientConnectorError) -> str:
    """Why, in the kernel's words where it has any; aiohttp's repeat the host and name its own settings."""
    inner = error.os_error
    if inner.errno and (inner.strerror or "").startswith("Connect call failed"):
        return os.strerror(inner.errno)
    return one_line(str(error)).replace(" ssl:default", "")


def _wait(reply: aiohttp.ClientResponse) -> float:
    """Seconds of a Retry-After; its other form, a date, counts as half a minute."""
    value = reply.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else (30.0 if value else 0.0)
