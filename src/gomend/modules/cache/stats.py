"""Where the bytes of a module cache are: by module, by version, by age, and as a tree of paths."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from gomend.model.base import Thing
from gomend.modules.cache import locks, quarantine
from gomend.modules.cache.usage import Use, freed


class Module(Thing, frozen=True):
    """One module: its versions, oldest first, and the bytes of all; ``older`` are the bytes of all but the newest version."""

    path: str
    versions: tuple[str, ...]
    bytes: int
    older: int


class Stats(Thing, frozen=True):
    """The numbers; bytes are on disk. ``unneeded`` are versions that no known project names (None: no project is known)."""

    modules: int
    versions: int
    zips: int
    folders: int
    small: int
    sumdb: int
    vcs: int
    quarantine: int
    largest: tuple[Module, ...]
    repeated: int
    """Modules with several versions."""
    older: int
    """Bytes of versions that are not their module's newest here."""
    ages: dict[str, int]
    """Bytes by when they were last used: ``7d``, ``30d``, ``90d``, ``365d`` (within), ``older``."""
    unneeded: int | None = None
    unneeded_bytes: int = 0


class Branch(Thing, frozen=True):
    """A piece of module paths and the bytes of everything below it; a leaf's ``name`` is ``@version``."""

    name: str
    bytes: int
    versions: int
    below: tuple[Branch, ...] = ()


_AGES = (("7d", 7), ("30d", 30), ("90d", 90), ("365d", 365))


def by_module(uses: Iterable[Use]) -> list[Module]:
    """Every module, the largest first."""
    groups: dict[str, list[Use]] = {}
    for use in uses:
        groups.setdefault(use.entry.module, []).append(use)
    found = []
    for path, some in groups.items():
        some.sort(key=lambda u: locks.order(u.entry.version))
        total = sum(u.size for u in some)
        versions = tuple(u.entry.version for u in some)
        found.append(Module(path=path, versions=versions, bytes=total, older=total - some[-1].size))
    return sorted(found, key=lambda m: (-m.bytes, m.path))


def stats(root: str, uses: Sequence[Use], now: float, unneeded: Sequence[Use] | None, most: int) -> Stats:
    """All numbers; ``most`` is how many of the largest modules are named."""
    modules = by_module(uses)
    ages = dict.fromkeys([name for name, _ in _AGES] + ["older"], 0)
    for use in uses:
        days = (now - use.last) / 86400
        ages[next((name for name, limit in _AGES if days <= limit), "older")] += use.size
    return Stats(
        modules=len(modules),
        versions=len(uses),
        zips=sum(u.zip for u in uses),
        folders=sum(u.folder for u in uses),
        small=sum(u.small for u in uses),
        sumdb=_taken(f"{root}/cache/download/sumdb"),
        vcs=_taken(f"{root}/cache/vcs"),
        quarantine=freed(quarantine.places(root)),
        largest=tuple(modules[:most]),
        repeated=sum(len(m.versions) > 1 for m in modules),
        older=sum(m.older for m in modules),
        ages=ages,
        unneeded=None if unneeded is None else len(unneeded),
        unneeded_bytes=sum(u.size for u in unneeded or ()),
    )


def tree(uses: Iterable[Use], depth: int) -> tuple[Branch, ...]:
    """Module paths as a tree, the largest branch first; ``depth`` pieces deep, 0 for all."""
    return _branches([(_pieces(u), u.size) for u in uses], depth or 1 << 30)


def _pieces(use: Use) -> tuple[str, ...]:
    return *use.entry.module.split("/"), f"@{use.entry.version}"


def _branches(items: list[tuple[tuple[str, ...], int]], depth: int) -> tuple[Branch, ...]:
    groups: dict[str, list[tuple[tuple[str, ...], int]]] = {}
    for pieces, size in items:
        groups.setdefault(pieces[0], []).append((pieces[1:], size))
    found = []
    for name, some in groups.items():
        inner = [(pieces, size) for pieces, size in some if pieces]
        below = _branches(inner, depth - 1) if inner and depth > 1 else ()
        label = name
        if len(below) == 1 and not below[0].name.startswith("@"):
            label, below = f"{name}/{below[0].name}", below[0].below
        found.append(Branch(name=label, bytes=sum(s for _, s in some), versions=len(some), below=below))
    return tuple(sorted(found, key=lambda b: (-b.bytes, b.name)))


def _taken(path: str) -> int:
    return freed([path], whole=True) if os.path.isdir(path) else 0
