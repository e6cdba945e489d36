"""Real exchanges in the shape that the model of go's client understands, and the words go has for those that failed."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zipfile
import zlib
from typing import Final
from urllib.parse import unquote, urlsplit

from gomend.golang import dirhash
from gomend.modules.probing import Exchange
from gomend.modules.route.errors import GoError
from gomend.modules.route.served import Body, Record, Tile, Zip
from gomend.modules.route.world import Answer

_LOOKUP: Final = re.compile(rb"(\d+)\n(.*?\n)\n(.*)", re.DOTALL)
_NOTE: Final = re.compile("(.*?\n)\n\u2014 (\\S+) (\\S+)\n.*", re.DOTALL)
_TILE: Final = 256
_HTML: Final = re.compile(rb"\s*<(?:!doctype|html|head|body)", re.IGNORECASE)
_LOGIN: Final = re.compile(rb"log ?in|sign ?in|password|captive", re.IGNORECASE)


def answer_of(found: Exchange, key: str) -> Answer:
    """What the model is told. ``key`` is the verifier key of the checksum database, or only its name.

    Raises:
        GoError: the exchange failed in a way that go tells at once.
    """
    words = _failure(found)
    if words:
        raise GoError(f'Get "{found.url}": {words}')
    if found.problem in {"hang", "slow"}:
        return Answer(status=0, fault="hang")
    return Answer(
        status=found.status or 0,
        body=body_of(found, key),
        plain=found.type.partition(";")[0].strip() == "text/plain",
        location=found.location,
        fault="cut" if found.problem == "cut" else "",
        phrase=found.phrase,
    )


def _failure(found: Exchange) -> str:
    """Go's own words (net, crypto/tls, crypto/x509) for what the model takes as an error of the connection."""
    parts = urlsplit(found.url)
    where = f"{found.address or parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    detail = found.detail.lower()
    match found.problem:
        case "dns":
            return f"dial tcp: {found.detail}"
        case "refused":
            return f"dial tcp {where}: connect: connection refused"
        case "connect-timeout":
            return f"dial tcp {where}: i/o timeout"
        case "tls-timeout":
            return "net/http: TLS handshake timeout"
        case "tls":
            if "speak" in detail:
                return "tls: first record does not look like a TLS handshake"
            why = (
                "certificate has expired or is not yet valid"
                if "expired" in detail
                else "certificate signed by unknown authority"
            )
            why = f"certificate is not valid for {parts.hostname}" if "mismatch" in detail or "not valid for" in detail else why
            return f"tls: failed to verify certificate: x509: {why}"
        case "reset":
            return f"read tcp {where}: read: connection reset by peer"
        case "other" | "offline":
            return found.detail
        case _:
            return ""


def body_of(found: Exchange, key: str) -> Body:
    """The body as the model knows it: a zip, a record or a tile of the database, or text."""
    path = unquote(urlsplit(found.url).path)
    if found.status == 200 and path.endswith(".zip") and "/@v/" in path:
        return _zip(found.body)
    if found.status == 200 and "/lookup/" in path and "/@v/" not in path:
        return _record(found.body, key)
    if found.status == 200 and "/tile/" in path and "/@v/" not in path:
        return Tile("true")
    return found.body.decode(errors="replace")


def _zip(raw: bytes) -> Body:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            files = {i.filename: archive.read(i).decode(errors="replace") for i in archive.infolist() if not i.is_dir()}
        return Zip(files, dirhash.h1_zip(raw))
    except (
        zipfile.BadZipFile,
        zlib.error,
        dirhash.BadZipError,
        NotImplementedError,
        OSError,
        RuntimeError,
        EOFError,
        ValueError,
    ):
        return ""


def _record(raw: bytes, key: str) -> Body:
    match = _LOOKUP.fullmatch(raw)
    if not match:
        return raw.decode(errors="replace")
    return Record(tuple(match[2].decode(errors="replace").splitlines()), "true", signed(match[3], key))


def signed(note: bytes, key: str) -> bool:
    """Whether a signed tree head carries this key's signature (x/mod/sumdb/note). True for a name without a key: go knows it."""
    name, _, rest = key.partition("+")
    if not rest:
        return True
    import nacl.exceptions
    import nacl.signing

    match = _NOTE.fullmatch(note.decode(errors="replace"))
    if not match or match[2] != name:
        return False
    try:
        public = base64.b64decode(rest.partition("+")[2])[1:]
        nacl.signing.VerifyKey(public).verify(match[1].encode(), base64.b64decode(match[3])[4:])
    except (nacl.exceptions.CryptoError, ValueError):
        return False
    return True


def tile_of(lookup: bytes) -> str:
    """The path of the level-0 tile that holds a looked-up record; empty if the answer cannot be read."""
    match = _LOOKUP.fullmatch(lookup)
    size = re.match(rb"go\.sum database tree\n(\d+)\n", match[3]) if match else None
    if not match or not size:
        return ""
    index, left = int(match[1]) // _TILE, int(size[1]) - int(match[1]) // _TILE * _TILE
    if left <= 0:
        return ""
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    name = "/".join([*(f"x{g}" for g in groups[:-1]), groups[-1]])
    return f"/tile/8/0/{name}" + (f".p/{left}" if left < _TILE else "")


def holds(tile: bytes, lookup: bytes) -> bool:
    """Whether a level-0 tile has the hash of a looked-up record (RFC 6962) and, in a tree of one tile, leads to its root."""
    match = _LOOKUP.fullmatch(lookup)
    head = re.match(rb"go\.sum database tree\n(\d+)\n(\S+)\n", match[3]) if match else None
    if not match or not head:
        return False
    at, size = int(match[1]) % _TILE, int(head[1])
    hashes = [tile[i : i + 32] for i in range(0, len(tile), 32)]
    if at >= len(hashes) or hashes[at] != hashlib.sha256(b"\0" + match[2]).digest():
        return False
    return size > _TILE or (len(hashes) == size and base64.b64encode(_root(hashes)) == head[2])


def _root(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    cut = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + _root(hashes[:cut]) + _root(hashes[cut:])).digest()


def kind_of(found: Exchange) -> str:
    """What a body is: ``info``, ``mod``, ``list``, ``zip``, ``record``, ``tile``, ``login``, ``html``, ``empty``, ``text``, ``other``."""
    raw, path = found.body, unquote(urlsplit(found.url).path)
    if found.status is None:
        return ""
    if not raw:
        return "empty"
    if _HTML.match(raw) or found.type.startswith("text/html"):
        return "login" if _LOGIN.search(raw) else "html"
    if found.status != 200:
        return "text" if found.type.startswith("text/plain") else "other"
    if raw[:2] == b"PK":
        return "zip"
    if path.endswith((".info", "/@latest")):
        try:
            return "info" if isinstance(json.loads(raw).get("Version"), str) else "other"
        except (ValueError, AttributeError):
            return "other"
    if path.endswith(".mod"):
        return "mod" if re.search(rb"(?m)^\s*module\b", raw) else "other"
    if path.endswith("/list"):
        return "list"
    return "record" if "/lookup/" in path and _LOOKUP.fullmatch(raw) else "tile" if "/tile/" in path else "text"
