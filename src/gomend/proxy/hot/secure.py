"""Connections over TLS; imported only where a certificate is set, for it costs memory."""

from __future__ import annotations

import os
import socket
import ssl
from typing import Any

from gomend.proxy.hot.connection import Connection

_PIECE = 1 << 16


class Shield:
    """The certificate, read again when it changes."""

    __slots__ = ("_authorities", "_cert", "_context", "_key", "_stamp")

    def __init__(self, cert: str, key: str, authorities: str = "") -> None:
        """Read it, and the authorities of clients' certificates, if there are some.

        Raises:
            OSError: it cannot be read, or does not fit its key.
        """
        self._cert, self._key, self._authorities = cert, key, authorities
        self._stamp = self._now()
        self._context = context(cert, key, authorities)

    def renew(self) -> None:
        """Read it again if the files changed; a broken pair leaves the old one in use."""
        try:
            stamp = self._now()
            if stamp != self._stamp:
                self._context = context(self._cert, self._key, self._authorities)
                self._stamp = stamp
        except OSError:
            return

    def connection(self, sock: socket.socket, peer: str, now: float) -> Connection:
        """A connection whose handshake is made as its bytes come."""
        secured = self._context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return Secure(secured, peer, now, asks=bool(self._authorities))

    def _now(self) -> tuple[int, ...]:
        return tuple(os.stat(path).st_mtime_ns for path in (self._cert, self._key, self._authorities) if path)


class Secure(Connection):
    """As a plain one, but every byte goes through OpenSSL."""

    __slots__ = ()

    def __init__(self, sock: socket.socket, peer: str, now: float, *, asks: bool = False) -> None:
        """Just accepted; ``asks`` for a certificate, which is then who the client is, whatever a header says."""
        super().__init__(sock, peer, now)
        if asks:
            self.identify = self._names
        self.recv = self._recv
        self.send = self._send

    def _recv(self, size: int) -> bytes:
        try:
            return self.sock.recv(size)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError from None

    def _names(self) -> bytes:
        """The names in the client's certificate, once hands are shaken; empty if it gave none."""
        given: dict[str, Any] = dict(self.sock.getpeercert() or {}) if isinstance(self.sock, ssl.SSLSocket) else {}
        subject = [value for part in given.get("subject", ()) for name, value in part if name == "commonName"]
        others = [value for kind, value in given.get("subjectAltName", ()) if kind in {"DNS", "URI", "email"}]
        names = [n for n in (*subject, *others) if isinstance(n, str) and "\n" not in n]
        return b"Certificate " + "\n".join(names).encode("latin-1", "replace") if names else b""

    def _send(self, data: bytes | memoryview) -> int:
        try:
            return self.sock.send(data)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError from None

    def push(self) -> bool:
        """Send what the kernel takes; a file is read in pieces, for sendfile knows no keys."""
        moved = False
        try:
            while self.out or self.file is not None:
                if not self.out and self.file is not None:
                    piece = os.pread(self.file.handle, min(self.count, _PIECE), self.offset)
                    if not piece:
                        raise OSError("the file became shorter")
                    self.out = piece
                    self.offset += len(piece)
                    self.count -= len(piece)
                    if not self.count:
                        self.file = None
                sent = self._send(self.out)
                moved = True
                self.out = memoryview(self.out)[sent:] if sent < len(self.out) else b""
        except BlockingIOError:
            pass
        return moved


def context(cert: str, key: str, authorities: str = "") -> ssl.SSLContext:
    """TLS 1.2 and newer, HTTP/1.1; clients may give certificates of ``authorities``.

    Raises:
        OSError: the files cannot be read, or do not fit each other.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.load_cert_chain(cert, key)
    if authorities:
        made.load_verify_locations(authorities)
        # Optional: what is public needs none, and whoever gives none is told so in words.
        made.verify_mode = ssl.CERT_OPTIONAL
    made.set_alpn_protocols(["http/1.1"])
    return made
