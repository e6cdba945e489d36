"""GOPROXY, read as the go command reads it (cmd/go, modfetch.proxyList)."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from gomend.model.base import Thing

_SCHEMES: Final = frozenset({"http", "https", "file"})


class ProxyEntry(Thing, frozen=True):
    """One entry: a base URL, ``direct`` or ``off``. ``falls_on_any`` if a ``|`` follows, so that any error passes on."""

    url: str
    falls_on_any: bool = False

    @property
    def is_server(self) -> bool:
        """Whether this is a server and not ``direct`` or ``off``."""
        return self.url not in {"direct", "off", "noproxy"}


class ProxyList(Thing, frozen=True):
    """The whole list; ``error`` is what go would refuse it with (one bad entry makes every fetch fail)."""

    entries: tuple[ProxyEntry, ...] = ()
    error: str = ""

    @property
    def servers(self) -> tuple[ProxyEntry, ...]:
        """Entries that are servers."""
        return tuple(e for e in self.entries if e.is_server)


def parse(value: str) -> ProxyList:
    """Read a GOPROXY value; ``direct`` and ``off`` end the list, empty entries are passed over."""
    entries: list[ProxyEntry] = []
    rest = value
    while rest:
        at = next((i for i, c in enumerate(rest) if c in ",|"), None)
        url, falls, rest = (
            (rest, False, "") if at is None else (rest[:at], rest[at] == "|", rest[at + 1 :])
        )
        url = url.strip()
        if not url:
            continue
        if url in {"off", "direct"}:
            entries.append(ProxyEntry(url=url, falls_on_any=falls))
            break
        problem = _problem(url)
        if problem:
            return ProxyList(entries=tuple(entries), error=problem)
        entries.append(ProxyEntry(url=_with_scheme(url), falls_on_any=falls))
    if not entries and value:
        return ProxyList(error="GOPROXY list is not the empty string, but contains no entries")
    return ProxyList(entries=tuple(entries))


def _with_scheme(url: str) -> str:
    """A host without a scheme means https (as ``goproxy.example.com``); anything with ``:/`` is taken as it is."""
    return url if any(mark in url for mark in ".:/") and ":/" in url else f"https://{url}"


def _problem(url: str) -> str:
    full = _with_scheme(url)
    try:
        parts = urlsplit(full)
        _ = parts.port
    except ValueError as error:
        return f"invalid GOPROXY entry {url}: {error}"
    if parts.scheme not in _SCHEMES:
        return f"invalid proxy URL scheme (must be https, http, file): {url}"
    return ""
