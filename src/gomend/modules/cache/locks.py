"""Go's own locks in the module cache, and the list of versions that it keeps under one.

Source: cmd/go, lockedfile (Mutex, Edit: flock on the file itself), modfetch/cache.go (lockVersion, rewriteVersionList).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
import time
from collections.abc import Generator
from typing import Final

from gomend.golang import modpath

WAIT: Final = 20.0
"""Seconds to wait for a go command that works on a version."""
_PAUSE: Final = 0.05
_SEMVER: Final = re.compile(r"v(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+incompatible)?")


class BusyError(Exception):
    """A go command held a lock for longer than we waited; the message is the lock's path."""


@contextlib.contextmanager
def held(path: str, *, wait: float = WAIT) -> Generator[None]:
    """Hold the lock that go would take at ``path``, as go does: the file is made if it is not there.

    A folder in its place cannot be locked by go either; then nothing is held.

    Raises:
        BusyError: somebody else holds it for longer than ``wait`` seconds.
        OSError: it cannot be opened.
    """
    if os.path.isdir(path):
        yield
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    try:
        until = time.monotonic() + wait
        while stat.S_ISREG(os.fstat(handle).st_mode):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise BusyError(path) from None
                time.sleep(_PAUSE)
        yield
    finally:
        os.close(handle)


def is_held(path: str) -> bool:
    """Whether a go command holds the lock at ``path``; one that cannot be opened is held by nobody."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return isinstance(error, BlockingIOError)
    else:
        return False
    finally:
        os.close(handle)


def version_list(folder: str) -> bytes:
    """What go would write into ``list`` in this ``@v`` folder: the versions that have a .mod, in order."""
    names = (name.removesuffix(".mod") for name in os.listdir(folder) if name.endswith(".mod"))
    versions = (v for v in map(modpath.unescape, names) if _SEMVER.fullmatch(v))
    return "".join(f"{version}\n" for version in sorted(versions, key=order)).encode()


def rewrite_list(folder: str) -> None:
    """Bring ``list`` up to date after versions went, under go's lock of it. Nothing happens where there is none.

    Raises:
        BusyError: another process holds it.
        OSError: it cannot be written.
    """
    path = f"{folder}/list"
    if not os.path.isfile(path):
        return
    with held(path), open(path, "r+b") as file:
        wanted = version_list(folder)
        if file.read() != wanted:
            file.seek(0)
            file.truncate(0)
            file.write(wanted)
            file.flush()
            os.fsync(file.fileno())


def order(version: str) -> tuple[object, ...]:
    """A key that sorts canonical versions as x/mod/semver does."""
    match = _SEMVER.fullmatch(version)
    if not match:
        return (0, 0, 0, 0, version)
    major, minor, patch, pre = match.groups()
    words = tuple((0, int(w), "") if w.isdigit() else (1, 0, w) for w in pre.split(".")) if pre else ()
    return (int(major), int(minor), int(patch), not pre, words, version)
