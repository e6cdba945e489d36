"""A bounded HTTP client for servers that may be slow, cut off, or lie (decision 54 says why it is no port)."""

from __future__ import annotations

import base64
import ssl
import urllib.parse
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final

import aiohttp
import msgspec

from gomend.model.redact import redact

LIMIT: Final = 64 * 1024 * 1024
"""Bytes of one answer, or of one line of a watch."""
_SHOWN: Final = 80


class BadAnswer(Exception):  # noqa: N818 - told, not thrown at people
    """No answer, or not one to the question; ``status`` is HTTP's, 0 if there was none."""

    def __init__(self, why: str, status: int = 0) -> None:
        """Keep both; what looks like a secret is taken out."""
        super().__init__(redact(why))
        self.status = status


class Client:
    """One server. ``token`` is asked before each request, for tokens are renewed; it never stands in a message."""

    def __init__(
        self, url: str, token: Callable[[], str] = str, tls: ssl.SSLContext | None = None, timeout: float = 30.0
    ) -> None:
        """``url`` may have a path that stands before each request's, and a user and a password; ``timeout`` is seconds for an answer."""
        parts = urllib.parse.urlsplit(url)
        self._base = urllib.parse.urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
        pair = f"{urllib.parse.unquote(parts.username or '')}:{urllib.parse.unquote(parts.password or '')}"
        self._basic = "Basic " + base64.b64encode(pair.encode()).decode() if parts.username is not None else ""
        self._token, self._tls, self._timeout = token, tls, timeout
        self._session: aiohttp.ClientSession | None = None

    async def json(self, path: str, query: Mapping[str, str], *, post: bool = False) -> Any:
        """The decoded answer to a GET, or to a POST of a form.

        Raises:
            BadAnswer: there is none, or it is no JSON, or its status is not 200.
        """
        async with self._asked(path, query, post=post, seconds=self._timeout) as lines:
            body = b"".join([piece async for piece in lines])
        try:
            return msgspec.json.decode(body)
        except (ValueError, RecursionError):
            shown = body[:_SHOWN].decode("utf-8", "replace").replace("\n", " ")
            raise BadAnswer(f"no JSON: {shown!r}", 200) from None

    async def lines(self, path: str, query: Mapping[str, str], seconds: float) -> AsyncIterator[bytes]:
        """The lines of an answer that goes on, for so many seconds at most between two pieces.

        Raises:
            BadAnswer: as above, or it broke off.
        """
        rest = b""
        async with self._asked(path, query, post=False, seconds=None, between=seconds) as pieces:
            async for piece in pieces:
                *whole, rest = (rest + piece).split(b"\n")
                for line in whole:
                    yield line
                if len(rest) > LIMIT:
                    raise BadAnswer(f"a line longer than {LIMIT} bytes", 200)
        if rest.strip():
            yield rest

    async def close(self) -> None:
        """Hang up."""
        if self._session is not None:
            await self._session.close()

    def _asked(
        self, path: str, query: Mapping[str, str], *, post: bool, seconds: float | None, between: float | None = None
    ) -> _Exchange:
        if self._session is None:
            # Nothing is unpacked for us: an answer that nobody asked to be packed may be a bomb.
            self._session = aiohttp.ClientSession(auto_decompress=False)
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "gomend"}
        token = self._token()
        if token or self._basic:
            headers["Authorization"] = f"Bearer {token}" if token else self._basic
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=min(10.0, self._timeout), sock_read=between)
        send: dict[str, Any] = {"data": query} if post else {"params": query}
        return _Exchange(
            self._session.request(
                "POST" if post else "GET", self._base + path, headers=headers, timeout=timeout, allow_redirects=False,
                ssl=self._tls if self._tls is not None else True, **send,
            ),
            bounded=between is None,
        )  # fmt: skip


class _Exchange:
    """One request; what the network does becomes :class:`BadAnswer`."""

    def __init__(self, asked: Any, *, bounded: bool) -> None:
        self._asked, self._bounded = asked, bounded

    async def __aenter__(self) -> AsyncIterator[bytes]:
        try:
            self._answer = await self._asked.__aenter__()
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise BadAnswer(_told(error)) from None
        pieces = self._pieces()
        answer = self._answer
        if answer.status != 200 or answer.headers.get("Content-Encoding", "identity") != "identity":
            head = b""
            try:
                async for piece in pieces:
                    head += piece
                    if len(head) >= _SHOWN:
                        break
            finally:
                await self._asked.__aexit__(None, None, None)
            shown = head[:_SHOWN].decode("utf-8", "replace").replace("\n", " ").strip()
            raise BadAnswer(f"HTTP {answer.status}: {shown}", answer.status)
        return pieces

    async def __aexit__(self, *what: object) -> None:
        await self._asked.__aexit__(*what)

    async def _pieces(self) -> AsyncIterator[bytes]:
        size = 0
        try:
            async for piece in self._answer.content.iter_any():
                size += len(piece)
                if self._bounded and size > LIMIT:
                    raise BadAnswer(f"an answer of more than {LIMIT} bytes", self._answer.status)
                yield piece
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise BadAnswer(_told(error), self._answer.status) from None


def _told(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the answer broke off"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"TLS: {error.certificate_error}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection: {error.os_error.strerror or error.os_error}"
    return str(error) or type(error).__name__
