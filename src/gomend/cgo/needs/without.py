"""What ``CGO_ENABLED=0`` changes: the two lists of packages laid beside each other."""

from __future__ import annotations

import os
import re
from typing import Final

from gomend.cgo import gosource
from gomend.cgo.needs import listing
from gomend.cgo.needs.listing import Listing, Package
from gomend.cgo.needs.things import Loss, Without
from gomend.ports.doors import Doors
from gomend.ports.files import FileProblem

STANDARD: Final = ("net", "os/user", "plugin", "crypto/internal/boring", "runtime/race")
"""Packages of the standard library whose behaviour depends on cgo."""
_CONFESSION: Final = re.compile(
    r'"((?:\\.|[^"\\])*(?:\bcgo\b|CGO_ENABLED|not (?:supported|implemented|available)|unsupported|requires? )(?:\\.|[^"\\])*)"',
    re.IGNORECASE,
)
"""A string in a stub that says that it needs cgo."""


def compare(doors: Doors, on: Listing, off: Listing) -> Without:
    """Lay the lists with and without cgo beside each other."""
    importers: dict[str, list[Package]] = {}
    for package in off.packages.values():
        if not package.standard:
            for name in package.imports:
                importers.setdefault(name, []).append(package)
    losses: list[Loss] = []
    for path, before in on.packages.items():
        after = off.packages.get(path)
        if before.standard or (not before.native and (after is None or after.go_files == before.go_files)):
            continue
        loss = _loss(doors, before, after, importers.get(path, []))
        if loss is not None:
            losses.append(loss)
    native = {p for p, package in on.packages.items() if package.standard and package.cgo_files}
    standard = tuple(n for n in STANDARD if n in native or (n == "plugin" and n in on.packages))
    # A package that is gone stops the build where something imports it, or where nothing else was asked for.
    asked = [p for p in on.packages.values() if listing.own(p)]
    gone = {x.path for x in losses if x.effect == "gone"}
    stops = any(x.effect == "breaks" or (x.effect == "gone" and x.wanted_by) for x in losses)
    builds = not stops and not (asked and all(p.import_path in gone for p in asked))
    return Without(builds=builds, losses=tuple(losses), standard=standard)


def _loss(doors: Doors, before: Package, after: Package | None, importers: list[Package]) -> Loss | None:
    module = before.module.path if before.module else ""
    made = {"path": before.import_path, "module": module, "wanted_by": importers[0].import_path if importers else ""}
    if after is None or listing.excluded(after) or not (after.go_files or after.error):
        return Loss(effect="gone", **made)
    came = [n for n in after.go_files if n not in before.go_files and n not in before.cgo_files]
    lost = _lost_names(doors, before, after, importers)
    if lost:
        return Loss(effect="breaks", detail=", ".join(lost[:6]), **made)
    if not before.native and not came:
        return None
    for name in came:
        said = _CONFESSION.search(_text(doors, before.dir, name))
        if said:
            return Loss(effect="stub", detail=f"{name}: {said[1][:160]}", **made)
    return Loss(effect="changes", detail=", ".join(came[:6]), **made)


def _lost_names(doors: Doors, before: Package, after: Package, importers: list[Package]) -> list[str]:
    """Names that only files of the build with cgo declare, and that the rest of the package or a package that imports it uses."""
    gone = {*before.go_files, *before.cgo_files} - {*after.go_files}
    kept = {name: _text(doors, after.dir, name) for name in after.go_files} if gone else {}
    left = {word for text in kept.values() for word in gosource.declared(text)} | {"main", "init", "_"}
    names = sorted({name for file in gone for name in gosource.declared(_text(doors, before.dir, file))} - left)
    lost = []
    for name in names:
        used = next(((f, line) for f, text in kept.items() if (line := gosource.uses(text, name))), None)
        if used:
            lost.append(f"{name} ({used[0]}:{used[1]})")
    exported = [name for name in names if name[0].isupper()]
    for package in importers if exported else ():
        for file in package.go_files:
            text = gosource.without_comments(_text(doors, package.dir, file), strings=False)
            match = re.search(rf'(?m)^[ \t]*(?:import[ \t]+)?(\w+|\.)?[ \t]*"{re.escape(before.import_path)}"', text)
            if match:
                found = re.search(rf"\b{re.escape(match[1] or before.name)}\.({'|'.join(exported)})\b", text)
                if found:
                    lost.append(f"{found[1]} ({package.import_path}: {file}:{text.count(chr(10), 0, found.start()) + 1})")
    return lost


def _text(doors: Doors, folder: str, name: str) -> str:
    try:
        raw = doors.files.read(os.path.join(folder, name))
    except FileProblem:
        return ""
    return raw.decode(errors="replace") if raw else ""
