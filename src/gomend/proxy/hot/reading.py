"""Requests, read by llhttp, and by our own stricter rules: a module proxy takes GET and HEAD without bodies, nothing else.

Whatever a server before or behind us could understand in another way (two lengths, chunks, a body, bare line feeds, two
hosts) is refused and the connection closed, so there is nothing to smuggle.
"""

from __future__ import annotations

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

HEAD_LIMIT = 16 << 10
"""Bytes of a request."""
FIELDS = 100
"""Header fields of a request."""
TARGET_LIMIT = 4096
"""Bytes of a target."""


class Request:
    """What matters of one request. ``bad`` is a status to refuse it with."""

    __slots__ = ("auth", "bad", "close", "etags", "fetch", "gzip", "head", "range", "range_if", "raw", "target")

    def __init__(self) -> None:
        """An empty one."""
        self.target = b""
        self.head = False
        self.auth = b""
        self.etags = b""
        self.range = b""
        self.range_if = b""
        self.gzip = False
        self.fetch = True
        self.close = False
        self.bad = 0
        self.raw = b""
        """The very bytes, if they came alone and whole: then the same bytes mean the same again."""


class Reader:
    """Reads the requests of one connection; after a bad one nothing more is read."""

    __slots__ = ("_bytes", "_cut", "_fields", "_hosts", "_parser", "_pending", "_whole", "done", "now")

    def __init__(self) -> None:
        """At the start of a connection."""
        self._parser = HttpRequestParser(self)
        self._pending = 0
        self._cut = False
        self._whole: list[Request] = []
        self._fields = self._hosts = self._bytes = 0
        self.now = Request()
        self.done = False
        """A bad request was seen."""

    @property
    def between(self) -> bool:
        """Whether no request has begun."""
        return not self._pending

    def feed(self, data: bytes) -> list[Request]:
        """The requests that are whole now; the last may be bad."""
        alone = not self._pending
        self._whole = []
        self._pending += len(data)
        status = 0
        # llhttp takes a bare line feed for the end of a line, as some servers do and others do not.
        ended = data.count(b"\r\n") + (data[:1] == b"\n" and self._cut)
        self._cut = data[-1:] == b"\r"
        if data.count(b"\n") != ended:
            status = 400
        else:
            try:
                self._parser.feed_data(data)
            except HttpParserUpgrade:
                status = 400
            except HttpParserError:
                status = 400
        whole = self._whole
        if status or self.now.bad or (self._pending > HEAD_LIMIT):
            self._fail(whole, self.now.bad or status or 431)
        elif alone and len(whole) == 1 and not self._pending and data.endswith(b"\r\n\r\n"):
            whole[0].raw = data
        return whole

    def _fail(self, whole: list[Request], status: int) -> None:
        if not (whole and whole[-1].bad):
            bad = Request()
            bad.bad = status
            whole.append(bad)
        whole[-1].close = True
        self.done = True

    def on_message_begin(self) -> None:
        """A request starts."""
        self.now = Request()
        self._fields = self._hosts = self._bytes = 0

    def on_url(self, piece: bytes) -> None:
        """A piece of the target."""
        self.now.target += piece
        if len(self.now.target) > TARGET_LIMIT:
            self.now.bad = 414

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field."""
        now = self.now
        self._fields += 1
        self._bytes += len(name) + len(value) + 4
        if self._fields > FIELDS or self._bytes > HEAD_LIMIT:
            now.bad = 431
        name = name.lower()
        if name == b"host":
            self._hosts += 1
        elif name == b"accept-encoding":
            now.gzip = b"gzip" in value and b"gzip;q=0" not in value.replace(b" ", b"")
        elif name == b"authorization":
            if now.auth:
                now.bad = 400
            now.auth = value
        elif name == b"if-none-match":
            now.etags = value
        elif name == b"range":
            now.range = value
        elif name == b"if-range":
            now.range_if = value
        elif name == b"disable-module-fetch":
            now.fetch = value.strip().lower() != b"true"
        elif (name == b"content-length" and value.strip() != b"0") or name in {b"transfer-encoding", b"upgrade"}:
            now.bad = 413 if name == b"content-length" else 400

    def on_headers_complete(self) -> None:
        """The head is whole."""
        now, parser = self.now, self._parser
        method, version = parser.get_method(), parser.get_http_version()
        now.head = method == b"HEAD"
        now.close = version != "1.1" or not parser.should_keep_alive()
        if not now.bad:
            if method not in {b"GET", b"HEAD"}:
                now.bad = 405
            elif version not in {"1.1", "1.0"}:
                now.bad = 505
            elif self._hosts != 1 and (version == "1.1" or self._hosts):
                now.bad = 400

    def on_message_complete(self) -> None:
        """The request is whole."""
        if not self.done:
            self._whole.append(self.now)
            self.done = bool(self.now.bad)
        self._pending = 0
