"""Which tiles go asks for to prove records in a signed tree, and answers that all carry the same tree head.

Source: golang.org/x/mod/sumdb (Client.checkRecord, checkTrees), sumdb/tlog (TileHashReader): the tile of each hash, the tiles
above it, and those at the right edge of the tree, each as wide as this very tree makes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gomend.golang import sumdb

_WIDE: Final = 1 << sumdb.HEIGHT

Tile = tuple[int, int, int]
"""Level, number and width."""


def tiles(size: int, records: Iterable[int], older: Iterable[int] = ()) -> set[Tile]:
    """What proves these records in the tree of ``size`` records, and that trees of ``older`` sizes are its beginnings."""
    found: set[Tile] = set()
    leaves = {n for n in records if 0 <= n < size}
    leaves |= {n for old in older for n in (old - 1, old) if 0 <= n < size}
    level = 0
    while (there := size >> (sumdb.HEIGHT * level)) > 0:
        if there % _WIDE:
            found.add((level, there // _WIDE, there % _WIDE))
        for leaf in leaves:
            number = leaf >> (sumdb.HEIGHT * (level + 1))
            if (width := min(_WIDE, there - number * _WIDE)) > 0:
                found.add((level, number, width))
        level += 1
    return found


def answer(found: sumdb.Record, note: bytes) -> bytes:
    """A lookup's answer with this tree head; any signed tree that holds the record will do (x/mod/sumdb, Server)."""
    return f"{found.number}\n".encode() + found.text + b"\n" + note
