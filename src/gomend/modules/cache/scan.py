"""What lies in a module cache: every module version, its files and its folder, and everything else.

Source of the layout: cmd/go, modfetch/cache.go; go.dev/ref/mod#module-cache.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import Final

from gomend.golang import modpath
from gomend.model.base import Thing
from gomend.modules.cache.kinds import Damage

SUFFIXES: Final = ("info", "mod", "zip", "ziphash", "lock", "partial")
"""What go keeps beside each other of one version."""
_FILE: Final = re.compile(r"(?P<version>v.+)\.(?P<suffix>info|mod|zip|ziphash|lock|partial)")
_TEMPORARY: Final = re.compile(r".+\.(?:info|mod|zip|ziphash)\d+\.tmp|.+\.tmp\d*")


class Entry(Thing, frozen=True):
    """One module version. ``base`` is the path of its files without the suffix, ``folder`` where it is unpacked to."""

    module: str
    version: str
    base: str
    folder: str
    files: frozenset[str] = frozenset()
    unpacked: bool = False

    @property
    def name(self) -> str:
        """``path@version``."""
        return f"{self.module}@{self.version}"

    @property
    def lock(self) -> str:
        """The file that go locks while it works on this version (cmd/go, lockVersion)."""
        return f"{self.base}.lock"

    @property
    def escaped(self) -> str:
        """``path@version`` as files spell it."""
        return f"{modpath.escape(self.module)}@{modpath.escape(self.version)}"


class Scan(Thing, frozen=True):
    """A cache: its versions by name, damage of the layout itself, and the files of version lists."""

    root: str
    entries: tuple[Entry, ...]
    damages: tuple[Damage, ...] = ()
    lists: tuple[str, ...] = ()


def whole(root: str) -> Scan:
    """Everything in the cache at ``root``."""
    found: dict[tuple[str, str], set[str]] = {}
    damages: list[Damage] = []
    lists: list[str] = []
    download = f"{root}/cache/download"
    for folder in _version_folders(download):
        module = modpath.unescape(folder[len(download) + 1 : -3])
        for name in os.listdir(folder):
            if name == "list":
                lists.append(f"{folder}/list")
            elif name == "list.lock":
                continue
            elif match := _FILE.fullmatch(name):
                found.setdefault((module, modpath.unescape(match["version"])), set()).add(match["suffix"])
            else:
                what = "temporary" if _TEMPORARY.fullmatch(name) else "stray"
                damages.append(Damage(module=module, version="", what=what, paths=(f"{folder}/{name}",)))
    unpacked: set[tuple[str, str]] = set()
    for path in _unpacked(root):
        module, _, version = modpath.unescape(path[len(root) + 1 :]).rpartition("@")
        unpacked.add((module, version))
        found.setdefault((module, version), set())
    entries = [
        entry(root, module, version, files, (module, version) in unpacked)
        for (module, version), files in found.items()
        if files != {"lock"} or (module, version) in unpacked  # go leaves a lock of what it only asked for
    ]
    return Scan(root=root, entries=tuple(sorted(entries, key=lambda e: e.name)), damages=tuple(damages), lists=tuple(lists))


def some(root: str, wanted: Iterable[tuple[str, str]]) -> Scan:
    """What the cache has of these module versions."""
    names: dict[str, frozenset[str]] = {}
    entries = []
    for module, version in sorted(set(wanted)):
        folder = f"{root}/cache/download/{modpath.escape(module)}/@v"
        if folder not in names:
            names[folder] = frozenset(_names(folder))
        start = f"{modpath.escape(version)}."
        files = {s for s in SUFFIXES if start + s in names[folder]}
        there = os.path.lexists(f"{root}/{modpath.escape(module)}@{modpath.escape(version)}")
        if files - {"lock"} or there:
            entries.append(entry(root, module, version, files, there))
    return Scan(root=root, entries=tuple(entries), lists=tuple(f"{f}/list" for f, n in names.items() if "list" in n))


def entry(root: str, module: str, version: str, files: Iterable[str], unpacked: bool) -> Entry:
    """One version with its places."""
    path, spelled = modpath.escape(module), modpath.escape(version)
    return Entry(
        module=module,
        version=version,
        base=f"{root}/cache/download/{path}/@v/{spelled}",
        folder=f"{root}/{path}@{spelled}",
        files=frozenset(files),
        unpacked=unpacked,
    )


def _version_folders(download: str) -> Iterator[str]:
    todo = [download]
    while todo:
        folder = todo.pop()
        for child in _folders(folder):
            if child.name == "@v":
                yield child.path
            elif not (folder == download and child.name == "sumdb"):
                todo.append(child.path)


def _unpacked(root: str) -> Iterator[str]:
    todo = [root]
    while todo:
        folder = todo.pop()
        try:
            with os.scandir(folder) as entries:
                children = list(entries)
        except OSError:
            continue
        for child in children:
            if "@" in child.name:
                yield child.path
            elif child.is_dir(follow_symlinks=False) and not (folder == root and child.name == "cache"):
                todo.append(child.path)


def _folders(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [e for e in entries if e.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
