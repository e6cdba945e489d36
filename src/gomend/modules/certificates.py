"""Certificates of servers: which are trusted here, and what they say of themselves. Source: crypto/x509 (root_unix.go)."""

from __future__ import annotations

import contextlib
import functools
import os
import ssl
from collections.abc import Iterator, Mapping
from typing import Final

import anyio
from anyio.streams.tls import TLSAttribute, TLSStream

from gomend.model.base import Thing

_COMMON_NAME: Final = bytes.fromhex("0603550403")
_ORGANISATION: Final = bytes.fromhex("060355040a")
_ALT_NAMES: Final = bytes.fromhex("0603551d11")
_DNS, _ADDRESS = 0x82, 0x87
_SEQUENCE: Final = 0x30
_SHORT_YEAR: Final = 0x17


class Certificate(Thing, frozen=True):
    """What a server's certificate says; ``expires`` as ISO 8601 in UTC, ``problem`` why it is not trusted here."""

    issuer: str
    subject: str
    names: tuple[str, ...]
    expires: str
    trusted: bool = True
    problem: str = ""


def context(variables: Mapping[str, str]) -> ssl.SSLContext:
    """The client side of a connection: SSL_CERT_FILE and SSL_CERT_DIR replace the system's certificates, as for Go.

    Raises:
        ssl.SSLError: SSL_CERT_FILE holds no certificate.
    """
    return _context(variables.get("SSL_CERT_FILE", ""), variables.get("SSL_CERT_DIR", ""))


@functools.lru_cache(maxsize=8)
def _context(file: str, folders: str) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if not file and not folders:
        made.load_default_certs()
        return made
    if file and os.path.exists(file):
        made.load_verify_locations(file)
    for folder in folders.split(os.pathsep) if folders else ():
        for entry in os.scandir(folder) if os.path.isdir(folder) else ():
            if entry.is_file():
                with contextlib.suppress(ssl.SSLError, OSError):  # Go too passes over files that hold no certificate
                    made.load_verify_locations(entry.path)
    return made


def reason(error: ssl.SSLError) -> str:
    """Why a handshake failed, in few words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message)
    words = (error.reason or str(error)).lower().replace("_", " ")
    return "the server does not speak TLS here" if "wrong version number" in words or "record layer" in words else words


async def unverified(address: str, port: int, host: str, limit: float) -> Certificate | None:
    """The certificate of a server that is not trusted; nothing is sent over the connection. None if there is none."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    try:
        with anyio.fail_after(limit):
            async with await anyio.connect_tcp(address, port) as plain:
                stream = await TLSStream.wrap(plain, hostname=host, ssl_context=made, standard_compatible=False)
                raw: bytes | None = stream.extra(TLSAttribute.peer_certificate_binary)  # noqa: S610 - no Django here
    except (OSError, TimeoutError, anyio.EndOfStream, anyio.BrokenResourceError):
        return None
    return read(raw) if raw else None


def read(raw: bytes) -> Certificate:
    """Read the few fields that people want to see from a DER certificate (RFC 5280)."""
    fields = list(_children(_content(_content(raw))))
    first = 1 if fields and fields[0][0] == 0xA0 else 0
    issuer, validity, subject = (fields[first + i][1] if len(fields) > first + i else b"" for i in (2, 3, 4))
    ends = [(tag, body) for tag, body in _children(validity)]
    return Certificate(
        issuer=_name(issuer),
        subject=_name(subject),
        names=tuple(_alternatives(raw)),
        expires=_date(*ends[1]) if len(ends) > 1 else "",
    )


def _content(raw: bytes) -> bytes:
    return next((body for _, body in _children(raw)), b"")


def _children(raw: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 2 <= len(raw):
        tag, length = raw[at], raw[at + 1]
        at += 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(raw[at : at + count], "big")
            at += count
        yield tag, raw[at : at + length]
        at += length


def _name(raw: bytes) -> str:
    """The common name, else the organisation."""
    for oid in (_COMMON_NAME, _ORGANISATION):
        at = raw.find(oid)
        if at >= 0:
            found = next(_children(raw[at + len(oid) :]), None)
            if found is not None:
                return found[1].decode(errors="replace")
    return ""


def _alternatives(raw: bytes) -> Iterator[str]:
    at = raw.find(_ALT_NAMES)
    if at < 0:
        return
    for tag, body in _children(raw[at + len(_ALT_NAMES) :]):
        if tag == 0x01:  # "critical" stands before the value
            continue
        for kind, value in _children(_content(body)):
            if kind == _DNS:
                yield value.decode(errors="replace")
            elif kind == _ADDRESS:
                yield ".".join(map(str, value)) if len(value) == 4 else value.hex(":", 2)
        return


def _date(tag: int, body: bytes) -> str:
    digits = body.decode("ascii", "replace")
    if tag == _SHORT_YEAR:
        digits = ("20" if digits[:2] < "50" else "19") + digits
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}T{digits[8:10]}:{digits[10:12]}:{digits[12:14]}Z"
