"""Whole zips and extracted folders of the module cache, hashed as go.sum hashes them: slow, so only on request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from gomend.golang import dirhash
from gomend.golang.facts.project import GoSum
from gomend.model.base import Cost, Thing
from gomend.model.facts import Absent, Fact, collector
from gomend.modules.facts.cache import Cached, ModuleCache
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import FileProblem, Files

ZIP_LIMIT: Final = 512 * 1024 * 1024
"""Go itself refuses larger module zips (x/mod/zip, MaxZipFile)."""
FILE_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of an extracted file that are read at most."""


class Hashed(Thing, frozen=True):
    """One module version: what its zip and its folder really hash to, empty if there is none or it cannot be read."""

    path: str
    version: str
    recorded: str
    """What go.sum says, else the .ziphash file."""
    source: str
    """Where ``recorded`` comes from."""
    zip: str = ""
    zip_problem: str = ""
    folder: str = ""

    @property
    def name(self) -> str:
        """``path@version``."""
        return f"{self.path}@{self.version}"


class ZipHashes(Fact, frozen=True):
    """Real hashes of everything that the project needs and the cache has."""

    modules: tuple[Hashed, ...]
    cost: ClassVar = Cost.PROBE
    reads: ClassVar = frozenset({"module-cache", "file:go.sum"})


@collector
async def collect(doors: Doors, scope: Scope, cache: ModuleCache, sums: GoSum | Absent) -> ZipHashes:
    """Hash each zip and each extracted folder."""
    del scope
    found = []
    for module in cache.modules:
        recorded, source = _recorded(doors.files, module, sums)
        if recorded:
            zip_hash, problem = _zip(doors.files, module)
            folder = _folder(doors.files, module) if module.extracted and "partial" not in module.files else ""
            found.append(
                Hashed(
                    path=module.path,
                    version=module.version,
                    recorded=recorded,
                    source=source,
                    zip=zip_hash,
                    zip_problem=problem,
                    folder=folder,
                )
            )
    return ZipHashes(modules=tuple(found))


def _recorded(files: Files, module: Cached, sums: GoSum | Absent) -> tuple[str, str]:
    known = sums.hashes(module.path, module.version) if isinstance(sums, GoSum) else ()
    if known:
        return known[0], "go.sum"
    raw = files.read(f"{module.base}.ziphash") if "ziphash" in module.files else None
    text = (raw or b"").decode(errors="replace").strip()
    return (text, f"{module.base}.ziphash") if text.startswith("h1:") else ("", "")


def _zip(files: Files, module: Cached) -> tuple[str, str]:
    if "zip" not in module.files:
        return "", ""
    try:
        raw = files.read(f"{module.base}.zip", ZIP_LIMIT)
        return (dirhash.h1_zip(raw), "") if raw is not None else ("", "")
    except (FileProblem, dirhash.BadZipError) as error:
        return "", str(error) or "not a zip"


def _folder(files: Files, module: Cached) -> str:
    try:
        return dirhash.h1({f"{module.name}/{name}": raw for name, raw in _contents(files, module.folder, "")})
    except FileProblem:
        return ""


def _contents(files: Files, folder: str, prefix: str) -> Iterator[tuple[str, bytes]]:
    for name in files.names(folder):
        path = f"{folder}/{name}"
        entry = files.entry(path)
        if entry and entry.kind == "folder":
            yield from _contents(files, path, f"{prefix}{name}/")
        elif entry:
            raw = files.read(path, FILE_LIMIT)
            if raw is not None:
                yield prefix + name, raw
