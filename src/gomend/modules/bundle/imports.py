"""Bring a verified bundle into a folder that GOPROXY=file://… reads, or straight into a module cache.

Every file is written beside its place, synced and renamed; what is there already stays. A file whose bytes differ stops the
import before anything is written, unless both say the same (a zip packed otherwise, a newer tree head, a longer list).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

from gomend.golang import modpath, sumdb, ziphash
from gomend.model.base import Thing
from gomend.model.text import say, text
from gomend.modules.bundle.manifest import PROXY, BundleError, File, Module
from gomend.modules.bundle.read import Bundle
from gomend.modules.bundle.verify import base_of, names_version
from gomend.modules.cache import locks
from gomend.ports.files import sync_folder

_DIFFERS: Final = text("bundle.import.differs", "{path} is there with other content; nothing was changed.")
_NEEDS: Final = text(
    "bundle.import.needs-parent",
    "{count} files of earlier bundles are not in {folder} (first {path}); import those bundles first (this one builds on {parent}).",
)
_PIECE: Final = 1 << 20
_SUFFIX: Final = ".gomend.tmp"
"""How the names of unfinished files end; go and the cache's scan take no notice of such names."""


class Imported(Thing, frozen=True):
    """How many files were written, were there already, and the bytes written."""

    written: int
    there: int
    size: int


class Into:
    """Where a bundle goes: a folder (``cache`` False), or a GOMODCACHE."""

    def __init__(self, bundle: Bundle, folder: str, *, cache: bool) -> None:
        """Nothing is done yet."""
        self.bundle = bundle
        self.folder = os.path.abspath(folder)
        self.cache = cache
        self.named = {base_of(m.module, m.version): m for m in bundle.manifest.modules}

    def run(self) -> Imported:
        """Look at everything that is there, then write what is not.

        Raises:
            BundleError: other content is there, or an earlier bundle is needed.
            locks.BusyError: a go command holds a lock for long.
            OSError: no room, or not writable.
        """
        self._check_parent()
        todo = [file for file in self.bundle.manifest.files if self._is_new(file)]
        size = 0
        with self._alone():
            places = (self._place(file.path) for file in self.bundle.manifest.files)
            folders = {os.path.dirname(place) for place in places if place}
            for folder in sorted(folders):
                _drop_leftovers(folder)
            for file in sorted(todo, key=_late):
                size += self._write(file)
            for folder in sorted(folders):
                sync_folder(folder)
        placed = sum(self._place(file.path) is not None for file in self.bundle.manifest.files)
        return Imported(written=len(todo), there=placed - len(todo), size=size)

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        """No other import works in this folder meanwhile.

        Raises:
            locks.BusyError: one does.
        """
        os.makedirs(self.folder, exist_ok=True)
        handle = os.open(self.folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise locks.BusyError(self.folder) from None
        finally:
            os.close(handle)

    def _place(self, path: str) -> str | None:
        """Where a file of the bundle goes; None where it has no place."""
        room, _, inner = path.partition("/")
        if not self.cache:
            return f"{self.folder}/{inner}" if room == PROXY else f"{self.folder}/{path}"
        if room != PROXY or inner.endswith("/@v/list"):
            return None
        if inner.startswith("sumdb/") and inner.split("/")[2] not in {"lookup", "tile"}:
            return None
        return f"{self.folder}/cache/download/{inner}"

    def _check_parent(self) -> None:
        lacking = [f.path for f in self.bundle.manifest.inherited if not self._has(f)]
        if lacking:
            parent = self.bundle.manifest.parent
            raise BundleError(say(_NEEDS, count=len(lacking), folder=self.folder, path=lacking[0], parent=parent))

    def _has(self, file: File) -> bool:
        place = self._place(file.path)
        return place is None or (os.path.isfile(place) and (self._same(file, place) or self._says_the_same(file, place, None)))

    @staticmethod
    def _same(file: File, place: str) -> bool:
        return os.stat(place).st_size == file.size and ziphash.of_file(place).sha256 == file.sha256

    def _is_new(self, file: File) -> bool:
        """Whether a file is to be written.

        Raises:
            BundleError: something else is there.
        """
        place = self._place(file.path)
        if place is None:
            return False
        if not os.path.lexists(place):
            return True
        if os.path.isfile(place):
            if self._same(file, place):
                return False
            raw = self.bundle.read(file.path) if file.size < _PIECE else None
            if file.path.endswith("/@v/list") and raw is not None:
                return merged(Path(place).read_bytes(), raw) != Path(place).read_bytes()
            if raw is not None and file.path.startswith(f"{PROXY}/sumdb/"):
                return self._is_newer(file, Path(place).read_bytes(), raw)
            if self._says_the_same(file, place, raw):
                return False
        raise BundleError(say(_DIFFERS, path=place))

    def _says_the_same(self, file: File, place: str, raw: bytes | None) -> bool:
        base, _, suffix = file.path.rpartition(".")
        module = self.named.get(base)
        if module is None:
            return False
        if suffix == "zip":
            return ziphash.of_file(place, module.module, module.version).h1 == module.h1
        return suffix == "info" and names_version(Path(place).read_bytes(), module.version)

    def _is_newer(self, file: File, old: bytes, new: bytes) -> bool:
        """Whether a tree head, or an answer that says the same under one, is of a larger tree.

        Raises:
            BundleError: the answer says something else.
        """
        if "/lookup/" in file.path:
            try:
                was, now = sumdb.record(old), sumdb.record(new)
            except sumdb.SumDBError:
                raise BundleError(say(_DIFFERS, path=self._place(file.path))) from None
            if (was.number, was.text) == (now.number, now.text):
                return not self.cache and _size(now.note) > _size(was.note)
        elif file.path.endswith("/latest"):
            return _size(new) > _size(old)
        raise BundleError(say(_DIFFERS, path=self._place(file.path)))

    def _write(self, file: File) -> int:
        place = str(self._place(file.path))
        base, _, suffix = file.path.rpartition(".")
        module = self.named.get(base)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with contextlib.ExitStack() as stack:
            if self.cache and module:
                stack.enter_context(locks.held(f"{place.removesuffix(suffix)}lock"))
            if file.path.endswith("/@v/list"):
                old = Path(place).read_bytes() if os.path.exists(place) else b""
                return _put(place, iter((merged(old, self.bundle.read(file.path)),)), 0o644)
            size = _put(place, self._pieces(file), 0o444 if self.cache and module else 0o644)
            if self.cache and module and suffix == "zip":
                size += _put(f"{place}hash", iter((module.h1.encode(),)), 0o444)
        return size

    def _pieces(self, file: File) -> Iterator[bytes]:
        at, left = self.bundle.place(file.path)
        while left > 0:
            piece = self.bundle.piece(at, min(left, _PIECE))
            if not piece:
                raise OSError(0, "the bundle became shorter", self.bundle.path)
            yield piece
            at, left = at + len(piece), left - len(piece)


def _put(place: str, pieces: Iterator[bytes], mode: int) -> int:
    """Write a file whole or not at all; its folder is synced by the caller."""
    size = 0
    with _beside(place) as (handle, temporary):
        for piece in pieces:
            view = memoryview(piece)
            while view:
                view = view[os.write(handle, view) :]
            size += len(piece)
        os.fchmod(handle, mode)
        os.fsync(handle)
        os.replace(temporary, place)
    return size


@contextlib.contextmanager
def _beside(place: str) -> Generator[tuple[int, str]]:
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=_SUFFIX, dir=os.path.dirname(place))
    try:
        yield handle, temporary
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    finally:
        os.close(handle)


def _drop_leftovers(folder: str) -> None:
    """Remove what killed imports left."""
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        if name.startswith(".") and name.endswith(_SUFFIX):
            os.unlink(f"{folder}/{name}")


def _late(file: File) -> tuple[int, str]:
    """Lists and tree heads come last: they name what must be there already; a zip comes after its .mod and .info."""
    late = file.path.endswith(("/@v/list", "/latest", "/supported"))
    return (2 if late else 1 if file.path.endswith(".zip") else 0, file.path)


def merged(old: bytes, new: bytes) -> bytes:
    """Two lists of versions as one, in order."""
    versions = {line for line in (old + b"\n" + new).decode("utf-8", "replace").split("\n") if line}
    return "".join(f"{version}\n" for version in sorted(versions, key=locks.order)).encode()


def _size(note: bytes) -> int:
    lines = note.split(b"\n", 2)
    return int(lines[1]) if len(lines) > 2 and lines[1].isdigit() and len(lines[1]) < 19 else 0


def versions(modules: list[Module]) -> dict[str, bytes]:
    """The ``list`` of every module with a zip, by its path in the bundle."""
    found: dict[str, list[str]] = {}
    for module in modules:
        if module.h1:
            found.setdefault(f"{PROXY}/{modpath.escape(module.module)}/@v/list", []).append(module.version)
    return {path: merged(b"", "\n".join(some).encode()) for path, some in found.items()}
