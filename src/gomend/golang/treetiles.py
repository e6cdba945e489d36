"""The tiles of a signed tree, each of which is authenticated whole before anything in it is believed.

Source: golang.org/x/mod/sumdb/tlog (TileHashReader): a full tile's own hash stands in the tile above it, and the tiles at the
right edge make up the root that was signed. Then a record is in the tree if its hash stands in its tile, and an older tree
is a beginning of this one if the hashes here make up its root.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Final

from gomend.golang.sumdb import HASH, HEIGHT, Record, Tree, node

WIDE: Final = 1 << HEIGHT
"""Hashes of a full tile."""
KEPT: Final = 1024
"""Tiles kept in memory, of 8 KB each."""
EMPTY: Final = sha256(b"").digest()
"""The root of a tree without records."""


class TileError(Exception):
    """A tile is not there (``missing``), or is not what the signed tree says."""

    def __init__(self, level: int, number: int, width: int, *, missing: bool = False) -> None:
        """Which one; level -1: all of the right edge."""
        super().__init__(
            f"tile {level}/{number} of {width} hashes {'is missing' if missing else 'does not fit the signed tree'}"
        )
        self.level = level
        self.number = number
        self.width = width
        self.missing = missing


Read = Callable[[int, int, int], bytes | None]
"""Reads a tile of exactly this width: level, number, width."""


class TreeTiles:
    """The tiles of one signed tree; several threads may read them at once."""

    def __init__(self, tree: Tree, read: Read) -> None:
        """Nothing is read yet; ``read`` is asked once for each tile."""
        self.tree = tree
        self._read = read
        self._good: dict[tuple[int, int], bytes] = {}
        self._raw: dict[tuple[int, int], bytes] = {}
        self._edge = False

    def width(self, level: int, number: int) -> int:
        """How many hashes the tree has in a tile; 0 or less if none."""
        return min(WIDE, (self.tree.size >> (HEIGHT * level)) - number * WIDE)

    def tile(self, level: int, number: int) -> bytes:
        """An authenticated tile, as wide as the tree makes it.

        Raises:
            TileError: it is missing or false, or another that is needed to tell is.
        """
        self._check_edge()
        good = self._good.get((level, number))
        if good is None:
            raw = self._fetch(level, number)
            # A tile that is not full lies at the edge, and was authenticated with it.
            if self.width(level, number) == WIDE and _fold(raw) != self._at(HEIGHT * (level + 1), number, self.tile):
                self._raw.pop((level, number), None)
                raise TileError(level, number, WIDE)
            self._good[level, number] = good = raw
            if len(self._good) > KEPT:
                self._drop_full()
        return good

    def contains(self, record: Record) -> bool:
        """Whether a record is in the tree.

        Raises:
            TileError: as :meth:`tile`.
        """
        if not 0 <= record.number < self.tree.size:
            return False
        return self._at(0, record.number, self.tile) == sha256(b"\x00" + record.text).digest()

    def extends(self, older: Tree) -> bool:
        """Whether an older tree is the beginning of this one.

        Raises:
            TileError: as :meth:`tile`.
        """
        if older.size == self.tree.size:
            return older.root == self.tree.root
        return older.size < self.tree.size and (not older.size or self._root(older.size, 0, self.tile) == older.root)

    def _drop_full(self) -> None:
        """Forget half of the full tiles; read again, they are authenticated again. The edge stays, for it is not."""
        for level, number in list(self._good)[: KEPT // 2]:
            if self.width(level, number) == WIDE:
                self._good.pop((level, number), None)
                self._raw.pop((level, number), None)

    def _check_edge(self) -> None:
        if self._edge:
            return
        root = self._root(self.tree.size, 0, self._fetch) if self.tree.size else EMPTY
        if root != self.tree.root:
            self._raw.clear()
            raise TileError(-1, self.tree.size, 0)
        self._edge = True

    def _fetch(self, level: int, number: int) -> bytes:
        """A tile as it was read, of the right length."""
        found = self._raw.get((level, number))
        if found is None:
            width = self.width(level, number)
            raw = self._read(level, number, width)
            if raw is None:
                raise TileError(level, number, width, missing=True)
            if len(raw) != width * HASH:
                raise TileError(level, number, width)
            found = self._raw[level, number] = raw
        return found

    def _root(self, size: int, start: int, tile: Callable[[int, int], bytes]) -> bytes:
        """The root of ``size`` records from ``start`` on, which lie as the algorithm splits them (RFC 6962, 2.1)."""
        level = size.bit_length() - 1
        if size == 1 << level:
            return self._at(level, start >> level, tile)
        half = 1 << level
        return node(self._root(half, start, tile), self._root(size - half, start + half, tile))

    @staticmethod
    def _at(level: int, index: int, tile: Callable[[int, int], bytes]) -> bytes:
        """The hash of the full subtree of ``2**level`` records number ``index``."""
        above, below = divmod(level, HEIGHT)
        number, at = divmod(index << below, WIDE)
        return _fold(tile(above, number)[at * HASH : (at + (1 << below)) * HASH])


def _fold(raw: bytes) -> bytes:
    hashes = [raw[i : i + HASH] for i in range(0, len(raw), HASH)]
    while len(hashes) > 1:
        hashes = [node(a, b) for a, b in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]
