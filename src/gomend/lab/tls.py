"""Certificates of the lab: an authority of its own, one that nobody knows, and one certificate that has run out."""

from __future__ import annotations

import datetime as dt
import functools
import ssl
from typing import Any, Final

SILENT: Final = "silent"
"""A server that takes connections and never shakes hands."""
KINDS: Final = ("good", "selfsigned", "expired", SILENT)
"""What a server's certificate can be like; ``good`` is signed by the authority that the lab's programs trust."""
_ENDED: Final = dt.datetime(2024, 2, 1, tzinfo=dt.UTC)


class NoCertificates(Exception):  # noqa: N818 - a problem is told to people
    """Certificates cannot be made here; the message says what to install."""


class Authority:
    """Makes certificates. Nothing outside the lab trusts them."""

    def __init__(self) -> None:
        """Make the two authorities.

        Raises:
            NoCertificates: trustme is not installed.
        """
        try:
            import trustme
        except ImportError:
            msg = "the lab needs trustme to make certificates: pip install 'gomend[lab]'"
            raise NoCertificates(msg) from None
        self._known: Any = trustme.CA()
        self._unknown: Any = trustme.CA()
        self._contexts: dict[tuple[str, str], ssl.SSLContext] = {}

    @property
    def pem(self) -> bytes:
        """The certificate that programs must trust."""
        return bytes(self._known.cert_pem.bytes())

    def context(self, kind: str, host: str = "127.0.0.1") -> ssl.SSLContext:
        """The server side of a connection as ``host``."""
        made = self._contexts.get((kind, host))
        if made is None:
            issuer = self._unknown if kind == "selfsigned" else self._known
            dates: dict[str, dt.datetime] = {}
            if kind == "expired":
                dates = {"not_after": _ENDED}
            made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            issuer.issue_cert(host, **dates).configure_cert(made)
            self._contexts[kind, host] = made
        return made


@functools.cache
def authority() -> Authority:
    """The authority of this process.

    Raises:
        NoCertificates: trustme is not installed.
    """
    return Authority()
