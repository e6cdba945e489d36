"""The shapes of ``--format json`` of ``gomend mod cache clean``, ``stats``, ``tree`` and ``why``."""

from __future__ import annotations

from gomend.apps.cleaning_cache import Cleaned
from gomend.model.base import Thing
from gomend.model.text import Translator
from gomend.modules.cache.stats import Branch, Stats
from gomend.modules.cache.why import Need


class GoneShape(Thing, frozen=True):
    """A version that goes: bytes on disk, when it was last used (seconds of the epoch) and which file's time says so."""

    module: str
    version: str
    bytes: int
    last_used: float
    last_used_by: str


class CacheCleanShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of a clean. ``freed`` counts hard links once; ``kept`` are versions left alone and why."""

    schema_: str
    dry_run: bool
    versions: int
    total: int
    freed: int
    gone: tuple[GoneShape, ...] = ()
    kept: dict[str, str] = {}
    journal: str = ""
    quarantine: str = ""


class ModuleShape(Thing, frozen=True):
    """A module, its versions here (oldest first), the bytes of all of them and of all but the newest."""

    module: str
    versions: tuple[str, ...]
    bytes: int
    older: int


class CacheStatsShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """What is in a cache, in bytes on disk; ``unneeded`` is null where no project is known."""

    schema_: str
    root: str
    modules: int
    versions: int
    zips: int
    folders: int
    small: int
    sumdb: int
    vcs: int
    quarantine: int
    repeated: int
    older: int
    ages: dict[str, int]
    largest: tuple[ModuleShape, ...]
    unneeded: int | None
    unneeded_bytes: int


class BranchShape(Thing, frozen=True):
    """A piece of module paths with what is below it."""

    name: str
    bytes: int
    versions: int
    below: tuple[BranchShape, ...]


class CacheTreeShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """Module paths as a tree."""

    schema_: str
    root: str
    tree: tuple[BranchShape, ...]


class NeedShape(Thing, frozen=True):
    """A project that names a version; ``chain`` is the shortest way to it, ``whole`` whether its code is needed."""

    project: str
    module: str
    version: str
    chain: tuple[str, ...]
    whole: bool
    selected: bool


class CacheWhyShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """Who needs a module; ``unknown`` are projects whose graph go could not tell offline, and why."""

    schema_: str
    module: str
    projects: int
    needs: tuple[NeedShape, ...]
    unknown: dict[str, str]


def clean_shape(done: Cleaned, say: Translator) -> CacheCleanShape:
    """The answer of a clean by choice."""
    gone = tuple(
        GoneShape(module=u.entry.module, version=u.entry.version, bytes=u.size, last_used=round(u.last, 3), last_used_by=u.by)
        for u in done.chosen
    )
    return CacheCleanShape(
        schema_="gomend.cache-clean/1",
        dry_run=done.dry_run,
        versions=done.versions,
        total=done.total,
        freed=done.bytes,
        gone=gone,
        kept={name: say(reason) for name, reason in done.kept.items()},
        journal=done.journal,
        quarantine=done.quarantine,
    )


def all_shape(size: int, *, yes: bool) -> CacheCleanShape:
    """The answer where everything, or all that is in quarantine, goes."""
    return CacheCleanShape(schema_="gomend.cache-clean/1", dry_run=not yes, versions=0, total=size, freed=size)


def stats_shape(root: str, found: Stats) -> CacheStatsShape:
    """The answer of stats."""
    return CacheStatsShape(
        schema_="gomend.cache-stats/1",
        root=root,
        modules=found.modules,
        versions=found.versions,
        zips=found.zips,
        folders=found.folders,
        small=found.small,
        sumdb=found.sumdb,
        vcs=found.vcs,
        quarantine=found.quarantine,
        repeated=found.repeated,
        older=found.older,
        ages=found.ages,
        largest=tuple(ModuleShape(module=m.path, versions=m.versions, bytes=m.bytes, older=m.older) for m in found.largest),
        unneeded=found.unneeded,
        unneeded_bytes=found.unneeded_bytes,
    )


def tree_shape(root: str, branches: tuple[Branch, ...]) -> CacheTreeShape:
    """The answer of tree."""
    return CacheTreeShape(schema_="gomend.cache-tree/1", root=root, tree=tuple(map(_branch, branches)))


def why_shape(module: str, projects: int, needs: tuple[Need, ...], unknown: dict[str, str]) -> CacheWhyShape:
    """The answer of why."""
    shown = tuple(
        NeedShape(project=n.project, module=n.module, version=n.version, chain=n.chain, whole=n.whole, selected=n.selected)
        for n in needs
    )
    return CacheWhyShape(schema_="gomend.cache-why/1", module=module, projects=projects, needs=shown, unknown=unknown)


def _branch(branch: Branch) -> BranchShape:
    return BranchShape(name=branch.name, bytes=branch.bytes, versions=branch.versions, below=tuple(map(_branch, branch.below)))
