"""What a module version takes on disk, and when it was last used."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from typing import Final

from gomend.model.base import Thing
from gomend.modules.cache.mend import path_of
from gomend.modules.cache.scan import Entry

_USED: Final = ("info", "mod", "zip", "ziphash", "lock")
_BLOCK: Final = 512


class Use(Thing, frozen=True):
    """Bytes on disk of a version's zip, folder and small files; ``last`` is when it was last used (seconds of the epoch).

    ``by`` says what tells so: a file's suffix or ``dir``, and its ``atime`` or ``mtime``.
    """

    entry: Entry
    zip: int
    folder: int
    small: int
    last: float
    by: str

    @property
    def size(self) -> int:
        """All of it."""
        return self.zip + self.folder + self.small


def use(entry: Entry) -> Use:
    """Look at one version; what cannot be looked at counts as nothing."""
    sizes = dict.fromkeys(("zip", "folder", "small"), 0)
    last, by = 0.0, ""
    for suffix in entry.files:
        with contextlib.suppress(OSError):
            info = os.lstat(path_of(entry, suffix))
            sizes["zip" if suffix == "zip" else "small"] += info.st_blocks * _BLOCK
    for suffix in (*_USED, "dir"):
        if suffix in entry.files or (suffix == "dir" and entry.unpacked):
            with contextlib.suppress(OSError):
                info = os.stat(path_of(entry, suffix), follow_symlinks=False)
                for name, moment in (("atime", info.st_atime), ("mtime", info.st_mtime)):
                    if moment > last and not (suffix == "dir" and name == "atime"):  # our own look at it counts for nothing
                        last, by = moment, f"{suffix} {name}"
    if entry.unpacked:
        sizes["folder"] = freed([entry.folder], whole=True)
    return Use(entry=entry, last=last, by=by, **sizes)


def freed(paths: Iterable[str], *, whole: bool = False) -> int:
    """Bytes on disk that go when all of ``paths`` go: a file with several names counts once, and only if none is left.

    ``whole`` counts it although other names are left.
    """
    total = 0
    linked: dict[tuple[int, int], tuple[int, int, int]] = {}
    for info in _below(paths):
        if info.st_nlink > 1 and not stat.S_ISDIR(info.st_mode):
            key = info.st_dev, info.st_ino
            linked[key] = linked.get(key, (0, 0, 0))[0] + 1, info.st_nlink, info.st_blocks * _BLOCK
        else:
            total += info.st_blocks * _BLOCK
    return total + sum(size for seen, names, size in linked.values() if whole or seen == names)


def _below(paths: Iterable[str]) -> Iterator[os.stat_result]:
    todo = list(paths)
    for path in todo:
        with contextlib.suppress(OSError):
            info = os.lstat(path)
            yield info
            if not stat.S_ISDIR(info.st_mode):
                continue
            stack = [path]
            while stack:
                with contextlib.suppress(OSError), os.scandir(stack.pop()) as children:
                    for child in children:
                        yield child.stat(follow_symlinks=False)
                        if child.is_dir(follow_symlinks=False):
                            stack.append(child.path)
