"""Places of our own in a module cache, below ``cache/gomend``: neither go nor the scan looks there; go clean -modcache takes it.

``quarantine/ID`` holds what a mend or a clean took away; ``fetch-ID`` is a small module cache that go fills anew before
anything in the real one is touched. All moves are renames within one file system.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import time
import zipfile
import zlib
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Final

from gomend.golang import dirhash, modpath
from gomend.model.base import Thing
from gomend.modules.cache import scan as scanning
from gomend.modules.cache.mend import path_of
from gomend.modules.cache.scan import Entry
from gomend.ports.state import remove_tree

_HOME: Final = "cache/gomend"
_ALIVE: Final = "alive"
_SUMDB: Final = "cache/download/sumdb"
_TRIES: Final = 10
_PAUSE: Final = 0.1


class Staging(Thing, frozen=True):
    """A module cache of its own inside the real one at ``root``. ``handle`` keeps it from being taken for a leftover."""

    root: str
    folder: str
    handle: int

    def seed(self, entry: Entry, without: Iterable[str], mod_h1: Iterable[str]) -> None:
        """Give it the version's good files, so that go fetches only the rest.

        A go.mod that is the recorded one (``mod_h1``) comes out of a good zip, so that it needs no network.

        Raises:
            OSError: no room, or not readable.
        """
        into = scanning.entry(self.folder, entry.module, entry.version, (), False)
        os.makedirs(os.path.dirname(into.base), exist_ok=True)
        good = {"zip", "ziphash", "mod", "info"} & entry.files - set(without)
        if "zip" not in good:
            good -= {"ziphash"}
        for suffix in good:
            link(path_of(entry, suffix), path_of(into, suffix))
        if "zip" in good and "mod" not in good and (raw := _go_mod(entry)) and dirhash.h1_mod(raw) in mod_h1:
            Path(path_of(into, "mod")).write_bytes(raw)

    def seed_database(self, entries: Iterable[Entry], without: Iterable[str]) -> None:
        """Give it the cached tiles of the checksum databases, and their answers about these versions."""
        bad = set(without)
        for name in _names(f"{self.root}/{_SUMDB}"):
            home = f"{_SUMDB}/{name}"
            wanted = [f"{home}/lookup/{modpath.escape(e.module)}@{modpath.escape(e.version)}" for e in entries]
            for above, _, files in os.walk(f"{self.root}/{home}/tile"):
                wanted += [f"{above[len(self.root) + 1 :]}/{file}" for file in files]
            for inner in wanted:
                if f"{self.root}/{inner}" not in bad and os.path.isfile(f"{self.root}/{inner}"):
                    os.makedirs(os.path.dirname(f"{self.folder}/{inner}"), exist_ok=True)
                    link(f"{self.root}/{inner}", f"{self.folder}/{inner}")

    def entry(self, entry: Entry) -> Entry | None:
        """What it has of the same version."""
        return next(iter(scanning.some(self.folder, [(entry.module, entry.version)]).entries), None)


@contextlib.contextmanager
def staging(root: str) -> Generator[Staging]:
    """A staging cache; it is removed at the end, as are those that killed runs left.

    Raises:
        OSError: it cannot be made.
    """
    drop_leftovers(root)
    folder = f"{root}/{_HOME}/fetch-{secrets.token_hex(6)}"
    os.makedirs(folder)
    handle = os.open(f"{folder}/{_ALIVE}", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield Staging(root=root, folder=folder, handle=handle)
    finally:
        os.close(handle)
        for _ in range(_TRIES):  # a go that was ended may still write there for a moment; the next mend takes what stays
            with contextlib.suppress(OSError):
                remove_tree(folder)
            if not os.path.lexists(folder):
                break
            time.sleep(_PAUSE)
        _prune(root)


def new_place(root: str) -> str:
    """The path of a quarantine that is not there yet."""
    return f"{root}/{_HOME}/quarantine/{secrets.token_hex(6)}"


def places(root: str) -> list[str]:
    """All quarantines."""
    home = f"{root}/{_HOME}/quarantine"
    return [f"{home}/{name}" for name in _names(home)]


def inside(root: str, place: str, path: str) -> str:
    """Where in the quarantine ``path`` goes; what lies outside the cache (go's index) goes below ``outside``."""
    inner = os.path.relpath(path, root)
    return f"{place}/outside/{path.lstrip('/')}" if inner.startswith("..") else f"{place}/{inner}"


def drop_leftovers(root: str) -> None:
    """Remove staging caches that no process uses any more."""
    home = f"{root}/{_HOME}"
    for name in _names(home):
        if name.startswith("fetch-") and not _used(f"{home}/{name}/{_ALIVE}"):
            with contextlib.suppress(OSError):
                remove_tree(f"{home}/{name}")


def drop(root: str, place: str) -> None:
    """Delete a quarantine for good.

    Raises:
        OSError: something in it cannot be removed.
    """
    remove_tree(place)
    _prune(root)


def link(source: str, target: str) -> None:
    """The same file under a second name, or a copy where that cannot be. go never writes into files that are there."""
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        return
    except OSError:
        shutil.copy2(source, target)


def _go_mod(entry: Entry) -> bytes:
    try:
        with zipfile.ZipFile(path_of(entry, "zip")) as archive:
            return archive.read(f"{entry.name}/go.mod")
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, zlib.error):
        return b""


def _used(path: str) -> bool:
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(handle)


def _prune(root: str) -> None:
    for inner in (f"{_HOME}/quarantine", _HOME):
        with contextlib.suppress(OSError):
            os.rmdir(f"{root}/{inner}")


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
