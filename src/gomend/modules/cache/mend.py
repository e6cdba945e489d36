"""What to do about each damage: which files of a version are replaced, what only goes, and what cannot be mended here.

Pure: nothing is touched. The order in which files go and come is chosen so that a kill between any two of them leaves a
cache that go takes as it was before, or as it is after (see :data:`GOING` and :data:`COMING`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Final

from gomend.model.base import Thing
from gomend.model.text import Said, say, text
from gomend.modules.cache import index, security
from gomend.modules.cache.kinds import Damage
from gomend.modules.cache.records import Records
from gomend.modules.cache.scan import Entry
from gomend.modules.cache.security import Reading
from gomend.modules.cache.verify import Place

GOING: Final = ("zip", "dir", "ziphash", "mod", "info", "partial", "lock")
"""Order in which files are taken away. A bad zip goes before the folder (or go would unpack it), the folder before its
.partial (or go would take a half folder for whole), and the .ziphash after both (or go mod verify would miss it)."""
COMING: Final = ("ziphash", "zip", "dir", "mod", "info")
"""Order in which new files come: a .ziphash alone means nothing to go, a zip or folder without it is incomplete."""
_ALONE: Final = frozenset({"sumdb-lookup-damaged", "sumdb-lookup-unsigned", "sumdb-tile-damaged", "sumdb-inconsistent"})
_LOOSE: Final = frozenset({"temporary", "stray", "vcs-damaged"})
_BY_PATH: Final = frozenset({"not-a-file", "not-readable"})

READ_ONLY: Final = text(
    "cache.mend.read-only",
    "The cache cannot be written to by this user. Mend it as the user who owns {path}, or set GOMODCACHE.",
)
NO_SPACE: Final = text(
    "cache.mend.no-space", "Make room first: gomend mod cache clean shows what can go ({detail}; go needs some room to unpack)."
)
NO_LOCKS: Final = text(
    "cache.mend.no-locks",
    "Locks do not work on this file system; set GOMODCACHE to a local disk. Nothing in the cache cures that.",
)


class Unit(Thing, frozen=True):
    """What is mended together: one module version, or one loose thing.

    ``take`` are suffixes beside each other in ``@v`` (``dir``: the folder) that are replaced by what go fetches anew;
    ``away`` are absolute paths that only go; ``refused`` says why nothing is done.
    """

    name: str
    damages: tuple[Damage, ...]
    entry: Entry | None = None
    take: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
    runnable: tuple[str, ...] = ()
    """Folders whose programs get the right to be run."""
    rewrite: str = ""
    """A version list to write as go does."""
    refused: Said | None = None
    wrong: Reading | None = None
    """Who disagrees with whom about it."""

    @property
    def fetches(self) -> bool:
        """Whether go has to make something anew."""
        return bool(set(self.take) - {"partial", "lock"}) and not self.refused


def plan(
    damages: Iterable[Damage],
    entries: Mapping[tuple[str, str], Entry],
    records: Records,
    place: Place,
    proof_files: Mapping[str, tuple[str, ...]],
) -> tuple[Unit, ...]:
    """One unit a version or loose thing, in the order of the damages.

    ``proof_files`` are, for a cached answer that is not proved, the files of its proof: one of them is the wrong one.
    """
    groups: dict[str, list[Damage]] = {}
    for damage in damages:
        entry = entries.get((damage.module, damage.version))
        loose = entry is None or damage.what in _ALONE | _LOOSE or damage.what == "list-malformed"
        groups.setdefault(damage.paths[0] if loose else damage.name, []).append(damage)
    return tuple(_unit(found, entries, records, place, proof_files) for found in groups.values())


def _unit(
    damages: list[Damage],
    entries: Mapping[tuple[str, str], Entry],
    records: Records,
    place: Place,
    proof_files: Mapping[str, tuple[str, ...]],
) -> Unit:
    first = damages[0]
    kinds = {d.what for d in damages}
    made = Unit(name=first.name or first.paths[0], damages=tuple(damages))
    if said := _of_the_place(first):
        return _with(made, refused=said)
    if first.what == "list-malformed":
        return _with(made, away=first.paths, rewrite=first.paths[0])
    if first.what in _ALONE:
        files = [*first.paths, *(p for path in first.paths for p in proof_files.get(path, ()))]
        return _with(made, away=tuple(dict.fromkeys(files)))
    entry = entries.get((first.module, first.version))
    if first.what in _LOOSE or entry is None:
        return _with(made, away=first.paths)
    wrong = security.of(entry, records, damages)
    if wrong is not None and not wrong.fetch_helps:
        return _with(made, entry=entry, refused=wrong.meaning, wrong=wrong)
    take = {suffix for d in damages for suffix in d.kind.files}
    take |= {_suffix(entry, path) for d in damages if d.what in _BY_PATH for path in d.paths}
    if "ziphash-missing" in kinds and not records.of(entry.module, entry.version):
        take |= {"zip", "dir"}  # nothing says what this zip should be
    ran = tuple(f"{entry.folder}/{f}" for f in ("bin", "pkg/tool") if "dir-not-executable" in kinds)
    only_run = kinds == {"dir-not-executable"}
    indexed = place.gocache and ("dir" in take or "index-stale" in kinds)
    stale = index.entries(place.gocache, place.go, entry.folder) if indexed else []
    return _with(
        made,
        entry=entry,
        wrong=wrong,
        take=() if only_run else tuple(s for s in GOING if s in take),
        away=tuple(stale),
        runnable=ran if only_run else (),
    )


def _of_the_place(damage: Damage) -> Said | None:
    match damage.what:
        case "read-only":
            return say(READ_ONLY, path=damage.paths[0])
        case "no-space":
            return say(NO_SPACE, detail=damage.detail)
        case "no-locks":
            return say(NO_LOCKS)
        case _:
            return None


def path_of(entry: Entry, suffix: str) -> str:
    """Where a file of a version, or its folder (``dir``), is."""
    return entry.folder if suffix == "dir" else f"{entry.base}.{suffix}"


def _suffix(entry: Entry, path: str) -> str:
    return os.path.basename(path).removeprefix(f"{os.path.basename(entry.base)}.")


def _with(unit: Unit, **changes: object) -> Unit:
    import msgspec

    return msgspec.structs.replace(unit, **changes)
