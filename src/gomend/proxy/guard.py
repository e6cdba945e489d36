"""Where the server may connect to: the upstreams it was given, and public addresses that they redirect to.

A redirect to this machine or an inner network, or from https to http, would let whoever controls an upstream reach what
only we can reach. The address that was judged is the one that is connected to, so a second look-up changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import urllib.parse
from collections.abc import Iterable
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_SPECIAL: Final = ipaddress.ip_network("192.0.0.0/24")
_PORTS: Final = {"http": 80, "https": 443}


def is_inner(address: str) -> bool:
    """Whether an address is not on the public internet, in any of the ways to write one inside another."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if isinstance(found, ipaddress.IPv6Address):
        inside = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in _NAT64:
            inside = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inside is not None:
            return is_inner(str(inside))
    return not found.is_global or found.is_multicast or found in _SPECIAL


class Guard:
    """Judges redirects and addresses."""

    def __init__(self, trusted: Iterable[str], *, inner: bool = False) -> None:
        """``trusted`` are the URLs of upstreams, which may be anywhere; ``inner``: so may redirects."""
        self._trusted = {_place(url) for url in trusted}
        self._inner = inner

    def trust(self, urls: Iterable[str]) -> None:
        """A person named these, too."""
        self._trusted |= {_place(url) for url in urls}

    def trusts(self, host: str, port: int) -> bool:
        """Whether a person named this very host and port."""
        return self._inner or (host.lower(), port) in self._trusted

    def problem(self, old: str, new: str) -> str:
        """Why a redirect is not followed, as in "redirects …"; empty if it may be."""
        parts = urllib.parse.urlsplit(new)
        try:
            host, port = _place(new)
        except ValueError:
            return "to no URL"
        if parts.scheme not in _PORTS or not host:
            return f"to {parts.scheme or 'no'} URLs"
        if parts.scheme == "http" and urllib.parse.urlsplit(old).scheme == "https":
            return "from https to http"
        if parts.username or parts.password:
            return "to a URL with credentials"
        if self.trusts(host, port):
            return ""
        # inet_aton knows spellings (0x7f.1, 2130706433) that a resolver may know, too.
        try:
            literal = socket.inet_ntoa(socket.inet_aton(host))
        except OSError:
            literal = host if ":" in host else ""
        return f"to the inner address {literal}" if literal and is_inner(literal) else ""


class Resolver(AbstractResolver):
    """Looks names up, and drops inner addresses of hosts that nobody named."""

    def __init__(self, guard: Guard) -> None:
        """Judge by ``guard``."""
        self._guard = guard
        self._real = ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """The addresses that may be connected to.

        Raises:
            OSError: there is none.
        """
        found = await self._real.resolve(host, port, family)
        kept = found if self._guard.trusts(host, port) else [a for a in found if not is_inner(a["host"])]
        if found and not kept:
            raise OSError(f"{host} is an inner address; the server only goes to inner addresses that it was given")
        return kept

    async def close(self) -> None:
        """Nothing to close."""
        await self._real.close()


def _place(url: str) -> tuple[str, int]:
    parts = urllib.parse.urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)
