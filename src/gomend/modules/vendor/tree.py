"""What really lies in a vendor folder."""

from __future__ import annotations

import os
from typing import Final

from gomend.model.base import Thing

_RUN: Final = 0o111


class Tree(Thing, frozen=True):
    """Paths below vendor, sorted: plain files (without modules.txt), other things, files that may be executed, and what cannot be read."""

    files: tuple[str, ...] = ()
    odd: tuple[tuple[str, str], ...] = ()
    executable: tuple[str, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    listing: bool = False


def look(vendor: str) -> Tree:
    """Look at everything below ``vendor``; links are not followed."""
    files: list[str] = []
    odd: list[tuple[str, str]] = []
    executable: list[str] = []
    unreadable: list[tuple[str, str]] = []
    skip = len(vendor) + 1
    todo = [vendor]
    while todo:
        folder = todo.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    path = entry.path[skip:]
                    if entry.is_symlink():
                        odd.append((path, f"a link to {os.readlink(entry.path)}"))
                    elif entry.is_dir():
                        todo.append(entry.path)
                    elif not entry.is_file():
                        odd.append((path, "neither file nor folder"))
                    else:
                        files.append(path)
                        if entry.stat().st_mode & _RUN:
                            executable.append(path)
        except OSError as error:
            unreadable.append((folder[skip:], error.strerror or ""))
    listing = "modules.txt" in files
    if listing:
        files.remove("modules.txt")
    return Tree(
        files=tuple(sorted(files)),
        odd=tuple(sorted(odd)),
        executable=tuple(sorted(executable)),
        unreadable=tuple(sorted(unreadable)),
        listing=listing,
    )
