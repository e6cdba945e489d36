"""The store on disk: the layout that ``GOPROXY=file://ROOT`` reads, in which nothing is ever half written.

A file is written below ``.gomend/tmp``, synced, renamed to its place, and its folder synced; the last may come after the answer to a
client, for a name that a power cut takes back is only fetched again. The bytes do not go through a
port: they are the hot path (docs/decisions/0034-proxy-rooms.md). Source of the layout: cmd/go, modfetch/cache.go.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import stat
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Final

from gomend.golang import modpath, semver
from gomend.ports.files import sync_folder

PRIVATE: Final = ".gomend"
"""The folder in the root that is ours; no module path starts with a dot."""
_HOUR: Final = 3600.0
_KNOWN: Final = 20_000
"""Modules of which the newest version is remembered."""


class Store:
    """A folder that one or more servers write and ``GOPROXY=file://`` reads."""

    def __init__(self, root: str) -> None:
        """Open it, making it if it is not there, and remove what dead servers left behind.

        Raises:
            OSError: it cannot be made or written.
        """
        self.root = os.path.realpath(root)
        self.private = f"{self.root}/{PRIVATE}"
        temporary = f"{self.private}/tmp"  # noqa: S108 - in our own folder
        os.makedirs(temporary, exist_ok=True)
        self.swept = sweep(temporary)
        """How many folders of dead servers were removed."""
        self._folder, self._held = _own(temporary)
        self._locks = os.open(f"{self.private}/lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._mine: set[int] = set()
        self._guard = threading.Lock()
        self._newest: dict[str, tuple[int, str]] = {}

    def close(self) -> None:
        """Remove our temporary files."""
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._held)
        os.close(self._locks)

    def path(self, place: str) -> str:
        """Where a place is; it was read by :mod:`gomend.proxy.asks`, which lets no dots through."""
        return f"{self.root}/{place}"

    def stat(self, place: str) -> os.stat_result | None:
        """What is at a place, None if no plain file is."""
        try:
            info = os.lstat(f"{self.root}/{place}")
        except (OSError, ValueError):
            return None
        return info if stat.S_ISREG(info.st_mode) else None

    def read(self, place: str) -> bytes | None:
        """The bytes at a place, None if nothing is."""
        try:
            with open(f"{self.root}/{place}", "rb") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def used(self, place: str, info: os.stat_result) -> None:
        """Note in its time of access that a file is in use, to the hour; the hot path asks again once an hour."""
        now = time.time()
        if now - info.st_atime > _HOUR:
            with contextlib.suppress(OSError):
                os.utime(f"{self.root}/{place}", ns=(int(now * 1e9), info.st_mtime_ns))

    def temporary(self) -> str:
        """The path of a new temporary file, which is not made yet."""
        return f"{self._folder}/{secrets.token_hex(8)}"

    def write(self, temporary: str, content: bytes, *, mtime: float | None = None) -> None:
        """Write a temporary file whole, as :meth:`seal` leaves it.

        Raises:
            OSError: the disk would not; no temporary file is left.
        """
        try:
            with open(temporary, "wb") as file:
                file.write(content)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        self.seal(temporary, mtime=mtime)

    @staticmethod
    def seal(temporary: str, *, mtime: float | None = None) -> None:
        """See that a finished temporary file is on the disk; ``mtime`` is in seconds.

        Raises:
            OSError: it cannot be; no temporary file is left.
        """
        try:
            with open(temporary, "rb") as file:
                if mtime is not None:
                    os.utime(file.fileno(), (mtime, mtime))
                os.fchmod(file.fileno(), 0o644)
                os.fsync(file.fileno())
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise

    def settle(self, temporary: str, place: str) -> list[str]:
        """Give a sealed file its place; answers the folders that must be synced, so that it is there also after a power cut.

        Raises:
            OSError: the disk would not; then nothing is at the place, or what was there before, and no temporary file is left.
        """
        target = self.path(place)
        folder = os.path.dirname(target)
        try:
            folders = _folders(folder)
            try:
                os.replace(temporary, target)
            except FileNotFoundError:  # the folder was empty, and removed by an eviction
                folders += _folders(folder)
                os.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        return [folder, *folders]

    def sync(self, folders: Iterable[str], listed: Iterable[tuple[str, str]] = ()) -> None:
        """Sync folders; then name versions, as MODULE and VERSION, in their lists.

        Raises:
            OSError: the disk would not.
        """
        for folder in folders:
            with contextlib.suppress(FileNotFoundError):
                sync_folder(folder)
        for module, version in listed:
            self.index(module, version)

    def put(self, place: str, content: bytes, *, mtime: float | None = None) -> None:
        """Write bytes to a place, whole or not at all.

        Raises:
            OSError: as :meth:`seal` and :meth:`settle`.
        """
        temporary = self.temporary()
        self.write(temporary, content, mtime=mtime)
        self.sync(self.settle(temporary, place))

    def versions(self, module: str) -> list[str]:
        """The releases of which a zip is here, oldest first."""
        try:
            names = os.listdir(self.path(f"{modpath.escape(module)}/@v"))
        except OSError:
            return []
        found = {modpath.unescape(name.removesuffix(".zip")) for name in names if name.endswith(".zip")}
        kept = (v for v in found if semver.canonical(v) == v and v and not semver.is_pseudo(v))
        return sorted(kept, key=lambda version: semver.key(module, version))

    def newest(self, module: str) -> str:
        """The newest version of which a go.mod is here, a release before all others; empty if there is none."""
        folder = self.path(f"{modpath.escape(module)}/@v")
        try:
            stamp = os.stat(folder).st_mtime_ns
            before = self._newest.get(module)
            if before is not None and before[0] == stamp:
                return before[1]
            names = os.listdir(folder)
        except OSError:
            return ""
        found = [modpath.unescape(name.removesuffix(".mod")) for name in names if name.endswith(".mod")]
        best = max(found, key=lambda v: (not semver.prerelease(v), semver.key(module, v)), default="")
        if len(self._newest) >= _KNOWN:
            self._newest.clear()
        self._newest[module] = stamp, best
        return best

    def index(self, module: str, version: str, *, without: bool = False) -> None:
        """Name a version in ``list``, last of all, unless the list is an upstream's own (its time is then not 0).

        ``without``: name it no more, first of all.
        """
        place = f"{modpath.escape(module)}/@v/list"
        info = self.stat(place)
        if semver.is_pseudo(version) or (info is not None and info.st_mtime) or (without and info is None):
            return
        named = [v for v in self.versions(module) if not without or v != version]
        self.put(place, "".join(f"{v}\n" for v in named).encode(), mtime=0)

    def lock(self, name: str) -> int | None:
        """Take the lock that all servers of this store share, None if another has it; :meth:`unlock` gives it back.

        It is one byte of one file: nothing is made or removed, and it ends with its process.

        Raises:
            OSError: it cannot be asked for.
        """
        at = int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big")
        with self._guard:
            # Locks of one open file do not exclude each other.
            if at in self._mine:
                return None
            try:
                fcntl.fcntl(self._locks, fcntl.F_OFD_SETLK, _byte(fcntl.F_WRLCK, at))
            except (BlockingIOError, PermissionError):
                return None
            self._mine.add(at)
        return at

    def unlock(self, lock: int) -> None:
        """Give a lock back."""
        with self._guard:
            self._mine.discard(lock)
            fcntl.fcntl(self._locks, fcntl.F_OFD_SETLK, _byte(fcntl.F_UNLCK, lock))

    def files(self) -> Iterator[str]:
        """The places of all plain files, in order."""
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(f for f in folders if f != PRIVATE or folder != self.root)
            for name in sorted(names):
                yield os.path.relpath(f"{folder}/{name}", self.root)


def sweep(temporary: str) -> int:
    """Remove the temporary folders whose server is dead; answers how many."""
    count = 0
    for name in os.listdir(temporary):
        folder = f"{temporary}/{name}"
        try:
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(folder)
            continue
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
            count += 1
        except BlockingIOError:
            pass
        finally:
            os.close(held)
    return count


def _byte(kind: int, at: int) -> bytes:
    """The ``struct flock`` of one byte."""
    return struct.pack("hhqqi", kind, os.SEEK_SET, at, 1, 0)


def _own(temporary: str) -> tuple[str, int]:
    """A temporary folder of our own, and the handle that says that we live."""
    while True:
        folder = f"{temporary}/{os.getpid()}-{secrets.token_hex(4)}"
        os.mkdir(folder)
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(held, fcntl.LOCK_EX)
        # Another server's sweep may have been quicker.
        if os.fstat(held).st_nlink:
            return folder, held
        os.close(held)


def _folders(folder: str) -> list[str]:
    """Make a folder and those above it; answers the folders that have new ones in them."""
    missing: list[str] = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for made in reversed(missing):
        with contextlib.suppress(FileExistsError):
            os.mkdir(made)
    return [os.path.dirname(made) for made in missing]
