"""Answers as bytes: built once from what the kitchen says and what a request asks, then sent again and again."""

from __future__ import annotations

import os
import zlib

from gomend.proxy.hot.reading import Request

REASONS = {
    200: "OK",
    206: "Partial Content",
    302: "Found",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    410: "Gone",
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
}
"""Statuses that are answered with, and their reasons."""


class Opened:
    """A file that stays open as long as somebody may still send it."""

    __slots__ = ("handle",)

    def __init__(self, path: str) -> None:
        """Open it.

        Raises:
            OSError: it is not there any more.
        """
        self.handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def __del__(self) -> None:
        """Close it with the last answer that holds it."""
        os.close(self.handle)


class Base:
    """What the kitchen said of one target, for one kind of asker."""

    __slots__ = ("body", "etag", "file", "headers", "kind", "packed", "size", "squeeze", "status", "until")

    def __init__(
        self, status: int, kind: str, headers: str, body: bytes, file: str, size: int, etag: str, until: float, squeeze: bool
    ) -> None:
        """Open the file, if it is one.

        Raises:
            OSError: it is not there any more.
        """
        self.status = status
        self.kind = kind
        self.headers = headers
        self.body = body
        self.file = Opened(file) if file else None
        self.size = size if file else len(body)
        self.etag = f'"{etag}"' if etag else ""
        self.until = until
        self.squeeze = squeeze
        self.packed = b""


class Ready:
    """Bytes to send: ``rest`` follows the status line and date; ``count`` bytes of ``file`` from ``offset`` follow that."""

    __slots__ = ("close", "count", "file", "kind", "length", "log", "offset", "rest", "status", "until", "who")

    def __init__(self, base: Base, status: int, headers: str, body: bytes, request: Request) -> None:
        """Everything but a file."""
        self.status = status
        self.kind = base.kind
        self.until = base.until
        self.close = request.close
        self.who = request.auth if status != 401 else b""
        """Whom a limit counts; empty: the address."""
        self.file: Opened | None = None
        self.offset = self.count = 0
        end = "Connection: close\r\n\r\n" if request.close else "\r\n"
        self.rest = (headers + end).encode("latin-1", "replace") + (b"" if request.head else body)
        self.length = len(self.rest)
        self.log = _log(request, status, len(body))


def render(request: Request, base: Base) -> Ready:
    """The answer to this request."""
    if base.status != 200:
        length = f"Content-Length: {len(base.body)}\r\n"
        return Ready(base, base.status, base.headers + length, base.body, request)
    body, headers, etag = base.body, base.headers, base.etag
    whole = f"Accept-Ranges: bytes\r\nContent-Length: {base.size}\r\n"
    if base.squeeze:
        headers += "Vary: Accept-Encoding\r\n"
        if request.gzip and not request.range:
            base.packed = base.packed or _gzip(body)
            body = base.packed
            etag = f'{etag[:-1]}-gz"' if etag else ""
            whole = f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n"
    if etag:
        headers += f"ETag: {etag}\r\n"
        if request.etags and _matches(request.etags, etag):
            return Ready(base, 304, headers, b"", request)
    status, start, count = 200, 0, base.size
    if request.range and (not request.range_if or request.range_if == etag.encode()):
        found = span(request.range, base.size)
        if found is not None:
            start, count = found
            if not count:
                return Ready(base, 416, f"Content-Range: bytes */{base.size}\r\nContent-Length: 0\r\n", b"", request)
            status = 206
            whole = f"Content-Range: bytes {start}-{start + count - 1}/{base.size}\r\nContent-Length: {count}\r\n"
            body = body[start : start + count]
    ready = Ready(base, status, headers + whole, body, request)
    if base.file is not None and not request.head:
        ready.file, ready.offset, ready.count = base.file, start, count
        ready.length += count
        ready.log = _log(request, status, count)
    return ready


def refusal(request: Request, status: int, words: str) -> Ready:
    """A text for a request that was not understood."""
    body = words.encode() + b"\n"
    allow = "Allow: GET, HEAD\r\n" if status == 405 else ""
    headers = f"Content-Type: text/plain; charset=utf-8\r\n{allow}Content-Length: {len(body)}\r\n"
    request.close = True
    return Ready(Base(status, "refused", "", body, "", 0, "", 0.0, False), status, headers, body, request)


def limited(request: Request, seconds: float) -> Ready:
    """A text for somebody who asks too often."""
    body = b"too many requests: this proxy answers so many a second from one user or address; ask again in a moment\n"
    headers = f"Content-Type: text/plain; charset=utf-8\r\nRetry-After: {int(seconds) + 1}\r\nContent-Length: {len(body)}\r\n"
    return Ready(Base(429, "limited", "", body, "", 0, "", 0.0, False), 429, headers, body, request)


def span(value: bytes, size: int) -> tuple[int, int] | None:
    """Start and count of a Range; count 0 if it lies outside, None if it is to be ignored (RFC 9110, 14.2)."""
    unit, _, rest = value.partition(b"=")
    first, dash, last = rest.strip().partition(b"-")
    if unit.strip().lower() != b"bytes" or not dash or not (first + last).isdigit() or len(rest) > 40:
        return None
    if not first:
        count = min(int(last), size)
        return size - count, count
    start, end = int(first), int(last) if last else size - 1
    if end < start and last:
        return None
    return (start, min(end, size - 1) - start + 1) if start < size else (0, 0)


def _matches(etags: bytes, etag: str) -> bool:
    wanted = etag.encode()
    return etags.strip() == b"*" or any(tag.strip().removeprefix(b"W/") == wanted for tag in etags.split(b","))


def _gzip(body: bytes) -> bytes:
    squeezer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return squeezer.compress(body) + squeezer.flush()


def _log(request: Request, status: int, size: int) -> bytes:
    """The end of a line of the access log: no query, no header, nothing that is not printable ASCII."""
    target = request.target.partition(b"?")[0]
    plain = bytes(c if 0x20 < c < 0x7F and c != 0x22 else 0x3F for c in target[:1000])
    return b'"%s %s" %d %d\n' % (b"HEAD" if request.head else b"GET", plain or b"-", status, size)
