"""From two folders to the least rules that an editor needs: the differing heads, longest first, none that catches what it should not."""

from __future__ import annotations

import os
from collections.abc import Iterable

from gomend.debug import paths
from gomend.debug.pathmap import here
from gomend.debug.pathmap.here import Machine
from gomend.debug.pathmap.recorded import STD, Module
from gomend.model.base import Thing


class Rule(Thing, frozen=True, rename={"from_": "from"}):
    """``from`` is the editor's folder, ``to`` the one in the binary (DAP's direction)."""

    from_: str
    to: str


def ordered(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Without rules that change nothing and repeated ones; the first match wins, so the longest ``from`` comes first."""
    kept = dict.fromkeys(r for r in rules if r.from_ != r.to)
    return tuple(sorted(kept, key=lambda r: (-len(r.from_.rstrip("/\\")), r.from_)))


def of_module(module: Module, folder: str, files: Iterable[str]) -> tuple[Rule, ...]:
    """The rules that map a module's folder here to its folder in the binary.

    A prefix that is empty (-trimpath of the standard library) is taken apart into one rule for each first folder below it: a rule with
    an empty ``to`` would, read backwards, claim every path of the binary. Only files that lie at the top need it all the same.
    """
    if module.prefix:
        return (Rule(from_=folder, to=module.prefix),)
    first = sorted({f.partition("/")[0] for f in files if "/" in f})
    inside = [name for name in first if os.path.isdir(os.path.join(folder, name))]
    rules = [Rule(from_=f"{folder}/{name}", to=name) for name in inside]
    if module.path != STD and any("/" not in f for f in files):
        rules.append(Rule(from_=folder, to=""))
    return tuple(rules)


def infer(
    modules: tuple[Module, ...], files: tuple[str, ...], sources: tuple[str, ...], machine: Machine
) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """All rules for a binary, and the modules whose sources are not here. ``sources`` are folders of the project."""
    rules: list[Rule] = []
    missing: list[str] = []
    places = local_modules(sources)
    for module in modules:
        folder = _folder(module, places, machine)
        if folder is None:
            missing.append(module.path)
        elif folder != module.prefix:
            rules += of_module(module, folder, below(module, files))
    return ordered(rules), tuple(missing)


def below(module: Module, files: Iterable[str]) -> tuple[str, ...]:
    """The recorded files of a module, relative to its folder."""
    if module.prefix:
        start = f"{module.prefix}/"
        return tuple(f[len(start) :] for f in files if f.startswith(start))
    return tuple(
        f
        for f in files
        if not paths.is_absolute(f)
        and "@" not in f.partition("/")[0]
        and (module.path != STD or "." not in f.partition("/")[0])
    )


def local_modules(sources: Iterable[str]) -> dict[str, str]:
    """Folders of the modules at these places: the module itself, its workspace, and folders that a replace names."""
    found: dict[str, str] = {}
    for start in sources:
        path, uses = here.workspace(start)
        del path
        for name, folder in uses.items():
            found.setdefault(name, folder)
        folder = start
        while folder and folder != os.path.dirname(folder) and not os.path.isfile(f"{folder}/go.mod"):
            folder = os.path.dirname(folder)
        name = here.module_at(folder)
        if not name:
            continue
        found.setdefault(name, folder)
        for old, to in here.replaced_folders(folder).items():
            found.setdefault(old, to)
    return found


def _folder(module: Module, places: dict[str, str], machine: Machine) -> str | None:
    """Where a module's sources are here, None if they are not."""
    if module.path == STD:
        return module.prefix if os.path.isdir(module.prefix) else here.std_of(module.version, machine)
    if module.path in places and (module.main or not module.version or module.version == "(devel)" or module.replaced):
        return places[module.path]
    name, version = module.path, module.version
    if module.replaced and "@" in module.replaced:
        name, _, version = module.replaced.rpartition("@")
    folder = here.folder_of(name, version, machine) if version else ""
    if folder and os.path.isdir(folder):
        return folder
    return places.get(module.path)
