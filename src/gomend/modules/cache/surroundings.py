"""What the cache as a whole needs: room on the disk, the right to write, working locks, programs that may be run."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from typing import Final

from gomend.modules.cache.kinds import Damage
from gomend.modules.cache.scan import Entry

ROOM: Final = 64 << 20
"""Bytes free below which go is likely to fail while it unpacks."""
TOOLCHAIN: Final = "golang.org/toolchain"
"""The module that toolchains come as (cmd/go, toolchain/select.go)."""
_NO_LOCKS: Final = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL})


def damages(root: str) -> Iterator[Damage]:
    """What is wrong with the place."""

    def told(what: str, detail: str) -> Damage:
        return Damage(module="", version="", what=what, paths=(root,), detail=detail)

    try:
        space = os.statvfs(root)
    except OSError:
        return
    free = space.f_bavail * space.f_frsize
    if free < ROOM:
        yield told("no-space", f"{free >> 20} MB free")
    download = f"{root}/cache/download"
    if not os.access(download if os.path.isdir(download) else root, os.W_OK):
        yield told("read-only", "not writable for this user")
    elif why := _lock_problem(f"{root}/cache/lock"):
        yield told("no-locks", why)


def programs(entry: Entry) -> Damage | None:
    """A toolchain whose tools may not be run although its go command may.

    On first use go gives all of them the right, bin/go last; where bin/go has it, it never looks again
    (cmd/go, toolchain/select.go, allowExec).
    """
    go = f"{entry.folder}/bin/go"
    if entry.module != TOOLCHAIN or not entry.unpacked or not os.access(go, os.X_OK):
        return None
    tools = f"{entry.folder}/pkg/tool"
    lame = next((f"{a}/{n}" for a, _, names in os.walk(tools) for n in names if not os.access(f"{a}/{n}", os.X_OK)), "")
    if not lame:
        return None
    return Damage(module=entry.module, version=entry.version, what="dir-not-executable", paths=(lame,), detail="pkg/tool")


def _lock_problem(path: str) -> str:
    """Try go's own kind of lock (cmd/go, lockedfile/internal/filelock: flock) on the cache's lock file, if it is there."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return ""
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return (error.strerror or "") if error.errno in _NO_LOCKS else ""
    finally:
        os.close(handle)
    return ""
