"""What each module version should hash to, and who says so: go.sum files, and the checksum database's cached answers.

A cached answer counts once its note is signed by the database's key; with the cached tiles its place in the signed tree is
proved too, without network. Source: cmd/go, modfetch/sumdb.go; golang.org/x/mod/sumdb (Client).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from gomend.golang import modpath, sumdb
from gomend.model.base import Thing
from gomend.modules.cache.kinds import Damage
from gomend.modules.cache.manifest import Answer, Stamp
from gomend.modules.cache.scan import Entry


class Record(Thing, frozen=True):
    """One recorded hash. ``by`` names who says it; ``proved`` whether a signed tree holds it."""

    h1: str
    by: str
    path: str
    line: int = 0
    proved: bool = False


class Records:
    """Recorded hashes by ``path version`` and ``path version/go.mod``."""

    def __init__(self) -> None:
        """Nothing is recorded yet."""
        self.known: dict[str, list[Record]] = {}
        self.damages: list[Damage] = []

    def of(self, module: str, version: str) -> list[Record]:
        """What is recorded of a version (append ``/go.mod`` for its mod file), the most trusted first."""
        return sorted(self.known.get(f"{module} {version}", ()), key=lambda r: (not r.proved, r.by != "go.sum"))

    def add(self, key: str, record: Record) -> None:
        """Keep one."""
        self.known.setdefault(key, []).append(record)

    def go_sum(self, path: str) -> None:
        """Take over a go.sum or go.work.sum; other lines than ``module version hash`` are passed over, as go does not here."""
        with open(path, encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                words = line.split()
                if len(words) == 3 and words[2].startswith("h1:"):
                    self.add(f"{words[0]} {words[1]}", Record(h1=words[2], by="go.sum", path=path, line=number))

    def checksum_database(
        self,
        root: str,
        key: str,
        latest: str = "",
        answers: dict[str, Answer] | None = None,
        wanted: Iterable[Entry] | None = None,
    ) -> None:
        """Take over the cached answers of one database below ``cache/download/sumdb``.

        ``latest`` is the file of the newest signed tree head (``GOPATH/pkg/sumdb/NAME/latest``); it may be missing.
        ``answers`` are those read before; they are taken as they are while their file did not change, and brought up to date.
        ``wanted``: only the answers about these versions, and those that go.sum agrees with are not looked up in the signed tree.
        """
        by = sumdb.verifier(key)
        home = f"{root}/cache/download/sumdb/{by.name}"
        desk = _Desk(home, by, latest)
        before, now = answers or {}, {}
        if wanted is None:
            places = ((path, True) for path in _files(f"{home}/lookup") if not path.endswith(".tmp"))
        else:
            places = ((f"{home}/lookup/{e.escaped}", bool(e.unpacked or "zip" in e.files)) for e in wanted)
        for path, used in places:
            stamp = _stamp(path)
            known = before.get(path)
            if stamp is None:
                continue
            answer = known if known and known.stamp == stamp else desk.read(path, stamp)
            if answer and not answer.proved and (wanted is None or not self._agrees(answer, used=used)):
                answer = desk.prove(path, stamp)
            if answer:
                now[path] = answer
                for name, h1 in answer.sums.items():
                    self.add(name, Record(h1=h1, by=by.name, path=path, proved=answer.proved))
        if answers is not None:
            answers.update(now)
        self.damages += (*desk.damages, *desk.tiles.broken())

    def _agrees(self, answer: Answer, *, used: bool) -> bool:
        """Whether go.sum says the same; of the zip, too, if one is ``used``."""
        for name, h1 in answer.sums.items():
            said = [r.h1 for r in self.known.get(name, ()) if r.by == "go.sum"]
            if any(other != h1 for other in said) or (not said and (used or name.endswith("/go.mod"))):
                return False
        return True


class _Desk:
    """Reads and proves the answers of one database."""

    def __init__(self, home: str, by: sumdb.Verifier, latest: str) -> None:
        self.home = home
        self.by = by
        self.tiles = _Tiles(home)
        self.damages: list[Damage] = []
        self._prover = sumdb.Prover(self.tiles.read)
        self._newest = _tree(latest, by) if latest else None

    def read(self, path: str, stamp: Stamp) -> Answer | None:
        """One cached answer with a good signature; None where it has none."""
        found = self._signed(path)
        return Answer(stamp=stamp, sums=found[0].sums(), proved=False) if found else None

    def prove(self, path: str, stamp: Stamp) -> Answer | None:
        """The same with its place in the signed tree proved, if the cached tiles allow; None if they contradict it."""
        found = self._signed(path)
        if found is None:
            return None
        record, own = found
        proved = self._prover.proves(own, record)
        if proved is None and self._newest is not None:
            proved = self._prover.proves(self._newest, record)
        if proved is False:
            self._damage(path, "sumdb-inconsistent", f"record {record.number} is not in the tree of {own.size} records")
            return None
        return Answer(stamp=stamp, sums=record.sums(), proved=bool(proved))

    def _signed(self, path: str) -> tuple[sumdb.Record, sumdb.Tree] | None:
        try:
            record = sumdb.record(Path(path).read_bytes())
            return record, sumdb.opened(record.note, self.by)
        except OSError as error:
            self._damage(path, "not-readable", error.strerror or "")
        except sumdb.UnsignedError as error:
            self._damage(path, "sumdb-lookup-unsigned", str(error))
        except sumdb.SumDBError as error:
            self._damage(path, "sumdb-lookup-damaged", str(error))
        return None

    def _damage(self, path: str, what: str, detail: str) -> None:
        module, _, version = modpath.unescape(path[len(self.home) + 8 :]).rpartition("@")
        self.damages.append(Damage(module=module, version=version, what=what, paths=(path,), detail=detail))


class _Tiles:
    """Tiles of the cache; a wider tile answers for a narrower one."""

    def __init__(self, home: str) -> None:
        self.home = home
        self._read: dict[str, bytes | None] = {}

    def read(self, level: int, number: int, width: int) -> bytes | None:
        full = f"{self.home}/{sumdb.tile_path(level, number, 1 << sumdb.HEIGHT)}"
        whole = self._file(full, 1 << sumdb.HEIGHT)
        if whole is not None:
            return whole
        try:
            widths = sorted(int(name) for name in os.listdir(f"{full}.p") if name.isdigit())
        except OSError:
            return None
        fitting = next((w for w in widths if w >= width), None)
        return None if fitting is None else self._file(f"{full}.p/{fitting}", fitting)

    def _file(self, path: str, width: int) -> bytes | None:
        if path not in self._read:
            try:
                raw: bytes | None = Path(path).read_bytes()
            except OSError:
                raw = None
            self._read[path] = raw if raw is not None and len(raw) == width * sumdb.HASH else None
        return self._read[path]

    def broken(self) -> Iterator[Damage]:
        """Tiles of the wrong size; what is in the others, the proofs tell."""
        for path in _files(f"{self.home}/tile/{sumdb.HEIGHT}"):
            name, above = os.path.basename(path), os.path.dirname(path)
            if name.endswith(".tmp") or "/data/" in path:
                continue
            wanted = (int(name) if above.endswith(".p") and name.isdigit() else 1 << sumdb.HEIGHT) * sumdb.HASH
            size = (_stamp(path) or (0,))[0]
            if size != wanted:
                told = f"{size} bytes, not {wanted}"
                yield Damage(module="", version="", what="sumdb-tile-damaged", paths=(path,), detail=told)


def _tree(path: str, by: sumdb.Verifier) -> sumdb.Tree | None:
    try:
        return sumdb.opened(Path(path).read_bytes(), by)
    except (OSError, sumdb.SumDBError):
        return None


def _stamp(path: str) -> Stamp | None:
    try:
        info = os.stat(path, follow_symlinks=False)
    except OSError:
        return None
    return info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino


def _files(folder: str) -> Iterator[str]:
    for above, _, names in os.walk(folder):
        for name in names:
            yield f"{above}/{name}"
