"""Which cached tiles a proof rests on: where an answer is not proved, it or one of them is the wrong one."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from gomend.golang import sumdb


def behind(path: str, key: str) -> tuple[str, ...]:
    """The tile files that the proof of the cached answer at ``path`` reads; ``key`` is the database's."""
    home, _, _ = path.partition("/lookup/")
    read: list[str] = []

    def tile(level: int, number: int, width: int) -> bytes | None:
        full = f"{home}/{sumdb.tile_path(level, number, 1 << sumdb.HEIGHT)}"
        names = [full]
        with contextlib.suppress(OSError):
            names += [f"{full}.p/{w}" for w in sorted(int(n) for n in os.listdir(f"{full}.p") if n.isdigit()) if w >= width]
        for name in names:
            with contextlib.suppress(OSError):
                raw = Path(name).read_bytes()
                read.append(name)
                return raw
        return None

    with contextlib.suppress(OSError, sumdb.SumDBError):
        found = sumdb.record(Path(path).read_bytes())
        sumdb.Prover(tile).proves(sumdb.opened(found.note, sumdb.verifier(key)), found)
    return tuple(dict.fromkeys(read))
