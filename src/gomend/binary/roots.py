"""A folder seen as the root of a system: links that start with ``/`` stay inside."""

from __future__ import annotations

import glob
import os
import stat
from typing import Final

_MOST_LINKS: Final = 40
_MOST_DIRECTORIES: Final = 500


class Root:
    """A system's files below a folder; ``/`` for this machine."""

    def __init__(self, folder: str = "/") -> None:
        """Nothing is read yet."""
        self.folder = os.path.realpath(folder)
        self.here = self.folder == "/"

    def real(self, path: str) -> str | None:
        """The path on this machine of what ``path`` means inside the root, with all links followed; None if it does not exist."""
        done, todo, links = "/", [p for p in path.split("/") if p], 0
        while todo:
            name = todo.pop(0)
            if name in {".", ".."}:
                done = os.path.dirname(done) if name == ".." else done
                continue
            inside = os.path.join(done, name)
            outside = self.outside(inside)
            try:
                found = os.lstat(outside)
            except (OSError, ValueError):
                return None
            if stat.S_ISLNK(found.st_mode):
                links += 1
                if links > _MOST_LINKS:
                    return None
                target = os.readlink(outside)
                todo = [p for p in target.split("/") if p] + todo
                done = "/" if target.startswith("/") else done
                continue
            done = inside
        return self.outside(done)

    def outside(self, path: str) -> str:
        """The path on this machine of an absolute path inside, links not followed."""
        return path if self.here else self.folder + path

    def inside(self, path: str) -> str:
        """The path inside the root of a path on this machine."""
        return path if self.here else path.removeprefix(self.folder) or "/"

    def text(self, path: str) -> str | None:
        """A small text file inside the root."""
        real = self.real(path)
        try:
            with open(real or "", "rb") as file:
                return file.read(1 << 16).decode("utf-8", "replace")
        except OSError:
            return None

    def configured(self) -> list[str]:
        """The directories of ``/etc/ld.so.conf`` and what it includes, in order (ldconfig(8))."""
        found: list[str] = []
        todo, seen = ["/etc/ld.so.conf"], set[str]()
        while todo and len(found) < _MOST_DIRECTORIES:
            path = todo.pop(0)
            if path in seen:
                continue
            seen.add(path)
            more: list[str] = []
            for line in (self.text(path) or "").splitlines():
                words = line.partition("#")[0].split()
                if words[:1] == ["include"]:
                    for pattern in words[1:]:
                        full = pattern if pattern.startswith("/") else os.path.join(os.path.dirname(path), pattern)
                        more += sorted(self.inside(p) for p in glob.glob(glob.escape(self.outside("")) + full))
                elif words and words[0].startswith("/"):
                    found.append(words[0].partition("=")[0].rstrip("/"))
            todo = more + todo
        return list(dict.fromkeys(found))
