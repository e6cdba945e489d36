"""A signed checksum database of our own: note, records and tiles as golang.org/x/mod/sumdb defines them."""

from __future__ import annotations

import base64
import hashlib
import re
import urllib.parse
from typing import Final

from gomend.golang import dirhash, modpath
from gomend.lab import modules

NAME: Final = "sum.example.com"
"""The database's name."""
WRONG: Final = "h1:3Mz1wF6P4FA+BHKOt/heWdt1U17EALz5/4zkQfKQnAY="
"""What a lying database says of every module."""
FAULTS: Final = ("wrong", "absent", "badsig", "fork", "badtile")
"""How it can lie: another hash, no hash for this module, a signature that does not fit, a tree head that does not fit the
tiles, tiles that do not fit the tree head."""
HEIGHT: Final = 8
"""The height of tiles that go asks for."""
_SEED: Final = hashlib.sha256(b"the key of the lab's checksum database").digest()
_ED25519: Final = b"\x01"
_TILE: Final = re.compile(r"/tile/(\d+)/(data|\d+)/((?:x\d{3}/)*\d{3})(?:\.p/(\d+))?")


class SumDB:
    """One database over the lab's modules."""

    def __init__(self, name: str = NAME, seed: bytes = _SEED, releases: tuple[modules.Release, ...] = modules.RELEASES) -> None:
        """Sign with the key made of ``seed``; the same key every time."""
        from nacl.signing import SigningKey

        self.name = name
        self.releases = releases
        self._texts: dict[str, tuple[str, ...]] = {}
        self._signer = SigningKey(seed)
        public = _ED25519 + bytes(self._signer.verify_key)
        self._hash = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
        self.key = f"{name}+{self._hash.hex()}+{base64.b64encode(public).decode()}"

    def note(self, size: int, root: bytes, *, broken: bool = False) -> str:
        """A signed tree head."""
        text = f"go.sum database tree\n{size}\n{base64.b64encode(root).decode()}\n"
        signature = bytearray(self._signer.sign(text.encode()).signature)
        if broken:
            signature[0] ^= 0xFF
        return f"{text}\n\u2014 {self.name} {base64.b64encode(self._hash + bytes(signature)).decode()}\n"

    def answer(self, url_path: str, fault: str = "") -> tuple[int, bytes]:
        """The status and body for a path without ``/sumdb/NAME``: ``/supported``, ``/latest``, ``/lookup/M@V`` or a tile."""
        path = urllib.parse.unquote(url_path.partition("?")[0])
        texts = self._records(fault if fault in {"wrong", "absent"} else "")
        hashes = tuple(_leaf(text) for text in texts)
        shown = (hashes[0][::-1], *hashes[1:]) if fault == "fork" else hashes
        head = self.note(len(texts), _root(shown), broken=fault == "badsig")
        if path == "/supported":
            return 200, b""
        if path == "/latest":
            return 200, head.encode()
        if path.startswith("/lookup/"):
            return self._lookup(path.removeprefix("/lookup/"), texts, head)
        if match := _TILE.fullmatch(path):
            return _tile(match, texts, hashes, broken=fault == "badtile")
        return 404, b"not found"

    def _lookup(self, asked: str, texts: tuple[str, ...], head: str) -> tuple[int, bytes]:
        path, _, version = asked.partition("@")
        wanted = modpath.unescape(path), modpath.unescape(version)
        for number, release in enumerate(self.releases):
            if (release.path, release.version) == wanted:
                return 200, f"{number}\n{texts[number]}\n{head}".encode()
        return 404, f"not found: {wanted[0]}@{wanted[1]}: unknown revision {wanted[1]}".encode()

    def _records(self, fault: str) -> tuple[str, ...]:
        """What the database says of each release, in its order."""
        if fault not in self._texts:
            self._texts[fault] = tuple(_record(release, fault) for release in self.releases)
        return self._texts[fault]


def _record(release: modules.Release, fault: str) -> str:
    of_zip, of_mod = release.sums
    if fault == "wrong":
        of_zip, of_mod = (f"{line.rpartition(' ')[0]} {WRONG}" for line in (of_zip, of_mod))
    elif fault == "absent":
        of_zip = f"example.com/nothing v0.0.0 {dirhash.EMPTY_MOD}"
        of_mod = f"example.com/nothing v0.0.0/go.mod {dirhash.EMPTY_MOD}"
    return f"{of_zip}\n{of_mod}\n"


def _tile(match: re.Match[str], texts: tuple[str, ...], hashes: tuple[bytes, ...], *, broken: bool) -> tuple[int, bytes]:
    height, level, digits, part = int(match[1]), match[2], match[3].replace("x", "").replace("/", ""), match[4]
    if height != HEIGHT:
        return 404, b"not found"
    width = int(part) if part else 1 << height
    first = int(digits) * (1 << height)
    if level == "data":
        chosen = texts[first : first + width]
        return (200, "\n".join(chosen).encode()) if len(chosen) == width else (404, b"not found")
    span = 1 << (height * int(level))
    if width == 0 or (first + width) * span > len(hashes):
        return 404, b"not found"
    body = b"".join(_root(hashes[i * span : (i + 1) * span]) for i in range(first, first + width))
    return 200, body[:-1] + bytes([body[-1] ^ 0xFF]) if broken else body


def _leaf(text: str) -> bytes:
    return hashlib.sha256(b"\x00" + text.encode()).digest()


def _root(hashes: tuple[bytes, ...]) -> bytes:
    """The hash of a tree (RFC 6962, section 2.1)."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << ((len(hashes) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + _root(hashes[:half]) + _root(hashes[half:])).digest()
