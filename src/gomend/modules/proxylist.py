"""GOPROXY, read as the go command reads it (cmd/go, modfetch.proxyList)."""

from __future__ import annotations

import re
from typing import Final

from gomend.golang import weburl
from gomend.model.base import Thing

_SCHEMES: Final = frozenset({"http", "https"})


class ProxyEntry(Thing, frozen=True):
    """One entry: a base URL, ``direct`` or ``off``. ``falls_on_any`` if a ``|`` follows, so that any error passes on."""

    url: str
    falls_on_any: bool = False

    @property
    def is_server(self) -> bool:
        """Whether this is a server and not ``direct`` or ``off``."""
        return self.url not in {"direct", "off", "noproxy"}

    @property
    def host(self) -> str:
        """Host and port of a server, else the word itself."""
        return self.url.partition("://")[2].split("/", 1)[0].rpartition("@")[2] or self.url


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
        url, falls, rest = (rest, False, "") if at is None else (rest[:at], rest[at] == "|", rest[at + 1 :])
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


def without_bad(value: str) -> str:
    """The list without the entries that go refuses; empty if nothing is left."""
    kept = ""
    for url, mark in re.findall(r"([^,|]*)([,|]?)", value):
        if url.strip() and not parse(url).error:
            kept += url.strip() + mark
    return kept.rstrip(",|")


def _with_scheme(url: str) -> str:
    """Go's rule: a word with ``.``, ``:`` or ``/`` but without ``:/`` means https, unless it is an absolute path."""
    plain = ":/" not in url and any(c in url for c in ".:/") and not url.startswith("/")
    return f"https://{url}" if plain else url


def _problem(url: str) -> str:
    full = _with_scheme(url)
    try:
        parts = weburl.parse(full)
    except weburl.UrlError as error:
        return f'parse "{full}": {error}'
    if parts.scheme == "file":
        extra = parts.host or parts.user or parts.opaque or parts.query or parts.fragment or parts.omits_host
        return f"invalid file:// proxy URL with non-path elements: {full}" if extra else ""
    if not parts.scheme:
        return f"invalid proxy URL missing scheme: {full}"
    if parts.scheme not in _SCHEMES:
        return f"invalid proxy URL scheme (must be https, http, file): {full}"
    return ""
