"""Vendored files against the zips of the module cache: slow, so only on request. ``gomend mod vendor prove`` tells more.

Source of what is vendored: cmd/go, modcmd/vendor.go.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from typing import ClassVar

from gomend.golang import dirhash, modpath, zips
from gomend.golang.facts.env import GoEnv
from gomend.golang.facts.project import GoMod, GoSum
from gomend.model.base import Cost, Thing
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.modules.facts.vendor import Vendor
from gomend.modules.facts.zips import FILE_LIMIT, ZIP_LIMIT
from gomend.modules.vendor import listing
from gomend.modules.vendor.listing import Listed
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import FileProblem, Files


class Foreign(Thing, frozen=True):
    """A vendored file that is not the module's: ``expected`` is what the module has, empty where it has no such file."""

    module: str
    path: str
    actual: str
    source: str
    """The zip or folder that it was compared with."""
    expected: str = ""


class VendoredFiles(Fact, frozen=True):
    """Every vendored file that is not what its module has."""

    foreign: tuple[Foreign, ...]
    cost: ClassVar = Cost.PROBE
    reads: ClassVar = frozenset({"module-cache", "file:go.sum", "file:go.mod", "file:vendor/modules.txt"})


@collector
async def collect(
    doors: Doors, scope: Scope, env: GoEnv, mod: GoMod, vendor: Vendor, sums: GoSum | Absent
) -> VendoredFiles | Unknown:
    """Compare all of it; Unknown if nothing foreign was found but not everything could be compared."""
    del mod
    look = _Look(doors.files, scope.root, env["GOMODCACHE"], sums if isinstance(sums, GoSum) else None)
    found = tuple(look.foreign([m for m in listing.read(vendor.file.text).modules if m.packages]))
    if look.missed and not found:
        return Unknown(reason=f"not every vendored module can be compared: {look.missed[0]}")
    return VendoredFiles(foreign=found)


class _Look:
    def __init__(self, files: Files, root: str, cache: str, sums: GoSum | None) -> None:
        self.files = files
        self.root = root
        self.cache = cache
        self.sums = sums
        self.missed: list[str] = []

    def foreign(self, modules: list[Listed]) -> Iterator[Foreign]:
        top = os.path.join(self.root, "vendor")
        by_path = {m.path: m for m in modules}
        owned: dict[str, list[str]] = {}
        for path in self._below(top, ""):
            if path == "modules.txt":
                continue
            owner = next((above for above in _upwards(path) if above in by_path), "")
            owned.setdefault(owner, []).append(path)
        for owner, paths in sorted(owned.items()):
            sources = [by_path[a] for a in (owner, *_upwards(owner)) if a in by_path]
            yield from self._module(top, sources, paths)

    def _module(self, top: str, sources: list[Listed], paths: list[str]) -> Iterator[Foreign]:
        """Files that are none of these modules': the closest one, and those above it, whose licences may lie here."""
        known = [(m, *self._content(m)) for m in sources]
        for path in paths:
            raw = self._read(os.path.join(top, path))
            actual = f"sha256:{sha256(raw).hexdigest()}" if raw is not None else "no plain file"
            wanted = [
                (m, source, digests.get(path[len(m.path) + 1 :], "")) for m, source, digests in known if digests is not None
            ]
            if any(digest == actual for _, _, digest in wanted) or len(wanted) < len(known):
                continue
            named = next(((m, s, d) for m, s, d in wanted if d), wanted[0] if wanted else None)
            name, source, expected = (named[0].name, named[1], named[2]) if named else ("", "vendor/modules.txt", "")
            yield Foreign(module=name, path=f"vendor/{path}", actual=actual, source=source, expected=expected)

    def _content(self, module: Listed) -> tuple[str, dict[str, str] | None]:
        """Where a module's files come from, and their digests by name; None if that cannot be told."""
        if module.to and not module.to_version:
            folder = os.path.normpath(os.path.join(self.root, module.to))
            entry = self.files.entry(folder)
            if entry is None or entry.kind != "folder":
                self.missed.append(f"{module.to} is not there")
                return module.to, None
            raws = ((name, self._read(os.path.join(folder, name))) for name in self._below(folder, ""))
            return module.to, {name: f"sha256:{sha256(raw).hexdigest()}" for name, raw in raws if raw is not None}
        path, version = module.source
        name = f"{path}@{version}"
        place = f"{self.cache}/cache/download/{modpath.escape(path)}/@v/{modpath.escape(version)}.zip"
        try:
            raw = self.files.read(place, ZIP_LIMIT)
        except FileProblem:
            raw = None
        if raw is None:
            self.missed.append(f"the module cache has no zip of {name}")
            return place, None
        return place, self._zip(name, raw, self.sums.hashes(path, version) if self.sums else ())

    def _zip(self, name: str, raw: bytes, recorded: tuple[str, ...]) -> dict[str, str] | None:
        """Digests of a zip's files; None if the zip is not what go.sum recorded."""
        try:
            archive = zips.Archive(memoryview(raw))
            data = {m.name: bytes(archive.data(m)) for m in archive.members if m.name[-1:] != "/"}
        except zips.ZipError as error:
            self.missed.append(f"the zip of {name}: {error}")
            return None
        if dirhash.h1(data) not in recorded:
            self.missed.append(f"the zip of {name} is not what go.sum recorded")
            return None
        skip = len(name) + 1
        return {inner[skip:]: f"sha256:{sha256(content).hexdigest()}" for inner, content in data.items()}

    def _below(self, folder: str, inner: str) -> Iterator[str]:
        for name in self.files.names(os.path.join(folder, inner) if inner else folder):
            path = f"{inner}/{name}" if inner else name
            entry = self.files.entry(os.path.join(folder, path))
            if entry and entry.kind == "folder":
                if name != ".git":
                    yield from self._below(folder, path)
            elif entry:
                yield path

    def _read(self, path: str) -> bytes | None:
        entry = self.files.entry(path)
        if entry is None or entry.kind != "file":
            return None
        try:
            return self.files.read(path, FILE_LIMIT)
        except FileProblem:
            return None


def _upwards(path: str) -> Iterator[str]:
    """The folders above a path, the closest first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
