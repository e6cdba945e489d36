"""Which tiles prove a record: enough for the proof, and exactly those that the real go asks for (tests/bundle/test_bundle.py)."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from gomend.golang import sumdb
from gomend.modules.bundle import tree


class Log:
    """A tree of made-up records, and its tiles."""

    def __init__(self, size: int) -> None:
        self.levels = [[sha256(b"\x00" + self.text(n)).digest() for n in range(size)]]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append([sumdb.node(a, b) for a, b in zip(below[::2], below[1::2], strict=False)])

    @staticmethod
    def text(number: int) -> bytes:
        return b"%d\n" % number

    def tile(self, level: int, number: int, width: int) -> bytes | None:
        if level * 8 >= len(self.levels):
            return None
        hashes = self.levels[level * 8][number * 256 : number * 256 + width]
        return b"".join(hashes) if len(hashes) == width else None

    def root(self, size: int, start: int = 0) -> bytes:
        if size == 1:
            return self.levels[0][start]
        half = 1 << ((size - 1).bit_length() - 1)
        return sumdb.node(self.root(half, start), self.root(size - half, start + half))


LOG = Log(70_000)


@given(st.integers(1, 70_000), st.data())
def test_they_are_enough_for_records_and_for_older_trees(size: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, size - 1))
    older = data.draw(st.integers(1, size))
    have = tree.tiles(size, [number], [older])
    read: set[tree.Tile] = set()

    def tile(level: int, at: int, width: int) -> bytes | None:
        wide = min(((lv, n, w) for lv, n, w in have if (lv, n) == (level, at) and w >= width), default=None)
        if wide is None:
            return None
        read.add(wide)
        return LOG.tile(*wide)

    assert all(LOG.tile(*t) is not None for t in have)
    prover = sumdb.Prover(tile)
    record = sumdb.Record(number=number, text=LOG.text(number), note=b"")
    assert prover.proves(sumdb.Tree(size=size, root=LOG.root(size)), record) is True
    wrong = sumdb.Record(number=number, text=b"other\n", note=b"")
    assert prover.proves(sumdb.Tree(size=size, root=LOG.root(size)), wrong) is False
    assert prover._subtree(older, 0) == LOG.root(older)
    assert read <= have
