"""What the module cache holds of the modules that go.sum and go.mod name, and which of its small files lie.

Everything here is a look at names and small files; hashing whole zips is :class:`gomend.modules.facts.zips.ZipHashes`.
Source of the layout: cmd/go, modfetch/cache.go; go.dev/ref/mod#module-cache.
"""

from __future__ import annotations

import json
from typing import ClassVar, Final

from gomend.golang import commands, dirhash, modpath
from gomend.golang.facts.env import GoEnv
from gomend.golang.facts.project import GoMod, GoSum
from gomend.model.base import Cost, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.model.rule import Mend
from gomend.model.step import RemovePath, Run
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import FileProblem

ZIP_LIMIT: Final = 16 * 1024 * 1024
"""Bytes of a zip that are read to see whether it is whole; larger ones are left to the deeper look."""
ZIP_BUDGET: Final = 64 * 1024 * 1024
"""Bytes of zips that are read in one run at most."""


class Damage(Thing, frozen=True):
    """One file of the cache that is not what it should be: ``kind`` is zip, zip-hash, ziphash, ziphash-missing, info or mod."""

    kind: str
    path: str
    said: str
    """What the file shows, for evidence."""


class Cached(Thing, frozen=True):
    """One module version in the cache. ``files`` are the suffixes present beside each other (``info``, ``mod``, ``zip``…)."""

    path: str
    version: str
    base: str
    """``GOMODCACHE/cache/download/PATH/@v/VERSION``."""
    folder: str
    """Where the module is or would be extracted."""
    files: tuple[str, ...] = ()
    extracted: bool = False
    damages: tuple[Damage, ...] = ()

    @property
    def name(self) -> str:
        """``path@version``."""
        return f"{self.path}@{self.version}"

    def damage(self, kind: str) -> Damage | None:
        """The damage of one kind, if there is any."""
        return next((d for d in self.damages if d.kind == kind), None)


class ModuleCache(Fact, frozen=True):
    """The part of the module cache that the project needs. ``absent`` are versions of which it has nothing."""

    folder: str
    modules: tuple[Cached, ...] = ()
    absent: tuple[str, ...] = ()
    unread: int = 0
    """Zips that were too large to look into."""
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"module-cache", "file:go.sum", "file:go.mod", "go-env", "env"})

    def find(self, path: str, version: str) -> Cached | None:
        """What is there of one version."""
        return next((m for m in self.modules if (m.path, m.version) == (path, version)), None)

    def again(self, name: str, mod: GoMod, *suffixes: str, folder: bool = False) -> Mend | None:
        """The mend of one damaged version (``path@version``): take these files away and have go fetch them again."""
        path, _, version = name.partition("@")
        there = self.find(path, version)
        if there is None:
            return None
        return Mend(steps=self.mend(there, mod, *suffixes, folder=folder), parameters={"module": name})

    def mend(self, module: Cached, mod: GoMod, *suffixes: str, folder: bool = False) -> tuple[RemovePath | Run, ...]:
        """Steps that take exactly these files of one version away and have go fetch them again."""
        gone = [f"{module.base}.{s}" for s in suffixes if s in module.files]
        gone += [module.folder] if folder and module.extracted else []
        removals = tuple(RemovePath(path=path, touches=("module-cache",)) for path in gone)
        return (*removals, commands.download(mod, module.name))


@collector
async def collect(
    doors: Doors, scope: Scope, env: GoEnv, mod: GoMod | Absent, sums: GoSum | Absent
) -> ModuleCache | Absent | Unknown:
    """Look at every version that go.sum or go.mod names."""
    del scope
    root = env["GOMODCACHE"]
    if not root:
        return Unknown(reason="go env knows no GOMODCACHE")
    wanted = _wanted(mod, sums)
    if not wanted:
        return Absent(reason="the project needs no other module")
    look = _Look(doors, root, sums if isinstance(sums, GoSum) else None)
    found = [look.at(path, version) for path, version in wanted]
    return ModuleCache(
        folder=root,
        modules=tuple(m for m in found if m.files or m.extracted),
        absent=tuple(m.name for m in found if not m.files and not m.extracted),
        unread=look.unread,
    )


def _wanted(mod: GoMod | Absent, sums: GoSum | Absent) -> list[tuple[str, str]]:
    names: set[tuple[str, str]] = set()
    if isinstance(mod, GoMod):
        replaced = {(r.path, r.version) for r in mod.mod.replaces}
        names |= {
            (r.path, r.version)
            for r in mod.mod.requires
            if (r.path, "") not in replaced and (r.path, r.version) not in replaced
        }
    if isinstance(sums, GoSum):
        for key in sums.sums:
            path, _, version = key.partition(" ")
            names.add((path, version.removesuffix("/go.mod")))
    return sorted(names)


class _Look:
    def __init__(self, doors: Doors, root: str, sums: GoSum | None) -> None:
        self.files = doors.files
        self.root = root
        self.sums = sums
        self.unread = 0
        self._left = ZIP_BUDGET
        self._names: dict[str, tuple[str, ...]] = {}

    def at(self, path: str, version: str) -> Cached:
        home = f"{self.root}/cache/download/{modpath.escape(path)}/@v"
        escaped = modpath.escape(version)
        if home not in self._names:
            self._names[home] = self.files.names(home)
        prefix = escaped + "."
        suffixes = {"info", "mod", "zip", "ziphash", "partial", "lock"}
        present = tuple(n.removeprefix(prefix) for n in self._names[home] if n.startswith(prefix))
        module = Cached(
            path=path,
            version=version,
            base=f"{home}/{escaped}",
            folder=f"{self.root}/{modpath.escape(path)}@{escaped}",
            files=tuple(s for s in present if s in suffixes),
        )
        entry = self.files.entry(module.folder)
        module = _with(module, extracted=entry is not None and entry.kind == "folder")
        return _with(module, damages=tuple(self._damages(module)))

    def _damages(self, module: Cached) -> list[Damage]:
        checks = (self._info(module), self._mod(module), self._ziphash(module), self._zip(module))
        return [damage for damage in checks if damage]

    def _info(self, module: Cached) -> Damage | None:
        raw = self._read(f"{module.base}.info") if "info" in module.files else None
        if raw is None:
            return None
        try:
            version = json.loads(raw)["Version"]
        except (ValueError, KeyError, TypeError):
            return Damage(kind="info", path=f"{module.base}.info", said=_shown(raw))
        wrong = version != module.version
        return Damage(kind="info", path=f"{module.base}.info", said=_shown(raw)) if wrong else None

    def _mod(self, module: Cached) -> Damage | None:
        raw = self._read(f"{module.base}.mod") if "mod" in module.files else None
        if raw is None:
            return None
        got = dirhash.h1_mod(raw)
        known = self.sums.hashes(module.path, f"{module.version}/go.mod") if self.sums else ()
        if known and got not in known:
            return Damage(kind="mod", path=f"{module.base}.mod", said=f"{got}, go.sum says {known[0]}")
        return None

    def _ziphash(self, module: Cached) -> Damage | None:
        if "ziphash" not in module.files:
            if "zip" in module.files or module.extracted:
                return Damage(kind="ziphash-missing", path=f"{module.base}.ziphash", said="there is no such file")
            return None
        raw = self._read(f"{module.base}.ziphash") or b""
        got = raw.decode(errors="replace").strip()
        known = self.sums.hashes(module.path, module.version) if self.sums else ()
        if not got.startswith("h1:"):
            return Damage(kind="ziphash", path=f"{module.base}.ziphash", said=_shown(raw))
        if known and got not in known:
            return Damage(kind="zip-hash", path=f"{module.base}.ziphash", said=f"{got}, go.sum says {known[0]}")
        return None

    def _zip(self, module: Cached) -> Damage | None:
        path = f"{module.base}.zip"
        entry = self.files.entry(path) if "zip" in module.files else None
        if entry is None or entry.kind != "file":
            return None
        if entry.size == 0:
            return Damage(kind="zip", path=path, said="0 bytes")
        if module.extracted and "ziphash" in module.files:
            return None  # go never opens it again; hashing it is the deeper look
        if entry.size > min(ZIP_LIMIT, self._left):
            self.unread += 1
            return None
        self._left -= entry.size
        raw = self._read(path)
        if raw is None or dirhash.has_directory(raw):
            return None
        return Damage(kind="zip", path=path, said=f"{len(raw)} bytes without a zip directory at the end")

    def _read(self, path: str) -> bytes | None:
        try:
            return self.files.read(path, ZIP_LIMIT)
        except FileProblem:
            return None


def evidence_of(damage: Damage) -> Evidence:
    """The damaged file and what it shows."""
    return Evidence(source=damage.path, quote=damage.said)


def _shown(raw: bytes) -> str:
    text = raw[:200].decode(errors="replace").strip()
    return text or ("an empty file" if not raw else "only blanks")


def _with(module: Cached, **changes: object) -> Cached:
    import msgspec

    return msgspec.structs.replace(module, **changes)
