"""The checksum database: signed notes, records, and the proof that a record is in the signed tree.

Source: golang.org/x/mod/sumdb (note, tlog, Client), RFC 6962 section 2.1.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from gomend.model.base import Thing

HEIGHT: Final = 8
"""The height of the tiles that go asks for."""
HASH: Final = 32
"""Bytes of a hash."""
_TREE: Final = re.compile(r"go\.sum database tree\n(\d+)\n([A-Za-z0-9+/=]+)\n")
_RECORD: Final = re.compile(rb"(\d+)\n((?:[^\n]+\n)+)\n(go\.sum database tree\n.*)", re.DOTALL)


class SumDBError(Exception):
    """What was read is not what a checksum database says; the message says why."""


class UnsignedError(SumDBError):
    """A tree head without a valid signature of the one who should have signed it."""


class Verifier(Thing, frozen=True):
    """Who may sign: the database's name and its Ed25519 key."""

    name: str
    number: bytes
    key: bytes


class Tree(Thing, frozen=True):
    """A signed tree head: how many records it holds and the hash of all."""

    size: int
    root: bytes


class Record(Thing, frozen=True):
    """The answer to a lookup: the record's number, its text (two lines of go.sum), and the signed note behind it."""

    number: int
    text: bytes
    note: bytes

    def sums(self) -> dict[str, str]:
        """``path version`` and ``path version/go.mod`` → ``h1:…``."""
        lines = (line.rpartition(" ") for line in self.text.decode("utf-8", "replace").splitlines())
        return {key: value for key, _, value in lines if key}


def verifier(key: str) -> Verifier:
    """The verifier of a key ``NAME+HASH+KEY``, checked by :func:`gomend.golang.verifier.key_problem` before.

    Raises:
        SumDBError: it is none.
    """
    name, _, rest = key.partition("+")
    number, _, encoded = rest.partition("+")
    try:
        data = base64.b64decode(encoded, validate=True)
        return Verifier(name=name, number=bytes.fromhex(number), key=data[1:])
    except (ValueError, binascii.Error):
        raise SumDBError(f"{name}: not a verifier key") from None


def opened(note: bytes, by: Verifier) -> Tree:
    """The tree head of a signed note.

    Raises:
        SumDBError: it is no note, or not signed by this key.
    """
    from nacl.exceptions import BadSignatureError
    from nacl.signing import VerifyKey

    text, split, signatures = note.partition(b"\n\n")
    text += b"\n"
    match = _TREE.match(text.decode("utf-8", "replace"))
    if not split or not match:
        raise SumDBError("not a signed tree head")
    start = f"\u2014 {by.name} ".encode()
    for line in signatures.split(b"\n"):
        if not line.startswith(start):
            continue
        try:
            data = base64.b64decode(line[len(start) :], validate=True)
            if data[:4] == by.number:
                VerifyKey(by.key).verify(text, data[4:])
                return Tree(size=int(match[1]), root=base64.b64decode(match[2]))
        except (BadSignatureError, ValueError, binascii.Error):
            raise UnsignedError(f"the signature is not by {by.name}") from None
    raise UnsignedError(f"not signed by {by.name}")


def record(raw: bytes) -> Record:
    """A lookup's answer, taken apart.

    Raises:
        SumDBError: it is none.
    """
    match = _RECORD.fullmatch(raw)
    if not match:
        raise SumDBError("not an answer to a lookup")
    return Record(number=int(match[1]), text=match[2], note=match[3])


Tiles = Callable[[int, int, int], bytes | None]
"""Reads a tile: level, number, wished width (1 to 256); bytes of at least that many hashes, or None where there is none."""


def tile_path(level: int, number: int, width: int) -> str:
    """``tile/8/0/x001/234`` with ``.p/W`` for a partial one."""
    parts = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        parts.insert(0, f"x{number % 1000:03d}")
    part = f".p/{width}" if width < 1 << HEIGHT else ""
    return f"tile/{HEIGHT}/{level}/{'/'.join(parts)}{part}"


class Prover:
    """Proves records against tree heads with the tiles at hand; hashes are computed once."""

    def __init__(self, tiles: Tiles) -> None:
        """Read tiles through ``tiles``."""
        self._tiles = tiles
        self._known: dict[tuple[int, int], bytes | None] = {}

    def proves(self, tree: Tree, record: Record) -> bool | None:
        """Whether the record is in the tree; None where the tiles to tell are not there."""
        if record.number >= tree.size:
            return None
        top = self._walk(tree.size, record.number, 0, sha256(b"\x00" + record.text).digest())
        return None if top is None else top == tree.root

    def _walk(self, size: int, number: int, start: int, leaf: bytes) -> bytes | None:
        """The hash of the subtree of ``size`` records from ``start`` on, computed from the leaf and its siblings."""
        if size == 1:
            return leaf
        half = 1 << ((size - 1).bit_length() - 1)
        if number < half:
            left, right = self._walk(half, number, start, leaf), self._subtree(size - half, start + half)
        else:
            left, right = self._subtree(half, start), self._walk(size - half, number - half, start + half, leaf)
        return None if left is None or right is None else node(left, right)

    def _subtree(self, size: int, start: int) -> bytes | None:
        """The hash of any subtree that lies as the algorithm splits them."""
        level = size.bit_length() - 1
        if size == 1 << level:
            return self._stored(level, start >> level)
        half = 1 << level
        left, right = self._subtree(half, start), self._subtree(size - half, start + half)
        return None if left is None or right is None else node(left, right)

    def _stored(self, level: int, index: int) -> bytes | None:
        """The hash of the full subtree of ``2**level`` records number ``index``, from the tile that holds it."""
        place = level, index
        if place not in self._known:
            self._known[place] = self._read(level, index)
        return self._known[place]

    def _read(self, level: int, index: int) -> bytes | None:
        above, below = divmod(level, HEIGHT)
        tile, at = divmod(index << below, 1 << HEIGHT)
        width = at + (1 << below)
        raw = self._tiles(above, tile, width)
        if raw is None or len(raw) < width * HASH:
            return None
        hashes = [raw[i * HASH : (i + 1) * HASH] for i in range(at, width)]
        while len(hashes) > 1:
            hashes = [node(a, b) for a, b in zip(hashes[::2], hashes[1::2], strict=True)]
        return hashes[0]


def node(left: bytes, right: bytes) -> bytes:
    """The hash above two."""
    return sha256(b"\x01" + left + right).digest()
