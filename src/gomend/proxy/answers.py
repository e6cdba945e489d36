"""What the kitchen hands to the hot path: one answer, and how long it may be given again without asking."""

from __future__ import annotations

from typing import Final, NamedTuple

from gomend.proxy.asks import Ask, Kind

FOREVER: Final = 3600.0
"""Seconds that the hot path keeps what never changes; then it asks again, so that a removed file is noticed."""
TYPES: Final = {
    Kind.LIST: "text/plain; charset=utf-8",
    Kind.LATEST: "application/json",
    Kind.QUERY: "application/json",
    Kind.INFO: "application/json",
    Kind.MOD: "text/plain; charset=utf-8",
    Kind.ZIP: "application/zip",
    Kind.SUMDB: "text/plain; charset=utf-8",
}
"""Media types."""
PLAIN: Final = TYPES[Kind.LIST]
"""Texts for people."""


class Answer(NamedTuple):
    """``file`` (with ``size``) or ``body``. ``headers`` are whole lines. ``keep`` is in seconds; ``squeeze``: gzip helps."""

    status: int
    kind: str
    headers: str = ""
    body: bytes = b""
    file: str = ""
    size: int = 0
    etag: str = ""
    keep: float = 0.0
    squeeze: bool = False


def said(status: int, kind: str, words: str, *, keep: float = 0.0, headers: str = "") -> Answer:
    """A text for people. Control characters and new lines become spaces: go prints it."""
    body = " ".join(words.split()).encode("utf-8", "replace") + b"\n"
    cache = f"Cache-Control: {f'public, max-age={int(keep)}' if keep >= 1 else 'no-store'}\r\n"
    nosniff = "X-Content-Type-Options: nosniff\r\n"
    return Answer(status, kind, f"Content-Type: {PLAIN}\r\n{cache}{nosniff}{headers}", body, keep=keep)


def headers_of(ask: Ask, keep: float) -> str:
    """The header lines of a good answer."""
    octets = ask.kind is Kind.SUMDB and ask.version.startswith("tile/")
    media = "application/octet-stream" if octets else TYPES[ask.kind]
    cache = "public, max-age=31536000, immutable" if ask.kind.fixed or octets else f"public, max-age={max(0, int(keep))}"
    return f"Content-Type: {media}\r\nCache-Control: {cache}\r\nX-Content-Type-Options: nosniff\r\n"
