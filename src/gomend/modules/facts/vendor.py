"""vendor/modules.txt, read as go reads it, and where it and go.mod disagree. Source: cmd/go, modload/vendor.go."""

from __future__ import annotations

import os
import re
from typing import ClassVar, Final

from msgspec.structs import replace

from gomend.golang.facts.project import GoMod, TextFile, load_text
from gomend.golang.modfile import ModFile
from gomend.golang.version import older
from gomend.model.base import Thing
from gomend.model.facts import Absent, Fact, collector
from gomend.ports.doors import Doors, Scope

_SEMVER: Final = re.compile(r"v\d+(\.\d+(\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?)?)?")


class VendoredModule(Thing, frozen=True):
    """A module line of modules.txt: ``explicit`` if go.mod names it, ``replacement`` as ``path`` or ``path version``."""

    path: str
    version: str
    line: int
    explicit: bool = False
    replacement: str = ""
    packages: bool = False
    """Whether packages of it are in the folder."""


class Disagreement(Thing, frozen=True):
    """One thing that go would refuse: the module, what is wrong in go's own words, and the line in modules.txt or go.mod."""

    module: str
    said: str
    file: str
    line: int


class Vendor(Fact, frozen=True):
    """The vendor folder's list; ``used`` if go would build from it without being told."""

    file: TextFile
    modules: tuple[VendoredModule, ...]
    disagreements: tuple[Disagreement, ...]
    used: bool
    workspace: bool = False
    reads: ClassVar = frozenset({"file:vendor/modules.txt", "file:go.mod"})


@collector
async def collect(doors: Doors, scope: Scope, mod: GoMod) -> Vendor | Absent:
    """Read the list and compare it with go.mod."""
    file = load_text(doors, scope.root, os.path.join(scope.root, "vendor", "modules.txt"))
    if file is None:
        return Absent(reason="there is no vendor/modules.txt")
    modules = parse(file.text)
    workspace = file.text.startswith("## workspace")
    named = mod.mod.go.value if mod.mod.go else ""
    used = bool(named) and not older(named, "1.14") and not workspace
    return Vendor(
        file=file,
        modules=modules,
        disagreements=() if workspace or not used else tuple(compare(mod.mod, modules)),
        used=used,
        workspace=workspace,
    )


def parse(text: str) -> tuple[VendoredModule, ...]:
    """Module lines with their annotations."""
    found: list[VendoredModule] = []
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        if line.startswith("# ") and len(words) >= 3:
            version = words[2] if _SEMVER.fullmatch(words[2]) else ""
            rest = words[3:] if version else words[2:]
            replacement = " ".join(rest[1:3]) if rest[:1] == ["=>"] and len(rest) in (2, 3) else ""
            if version or words[2] == "=>":
                found.append(VendoredModule(path=words[1], version=version, line=number, replacement=replacement))
        elif line.startswith("## ") and found and "explicit" in [w.strip() for w in line[3:].split(";")]:
            found[-1] = replace(found[-1], explicit=True)
        elif found and len(words) == 1 and not line.startswith("#"):
            found[-1] = replace(found[-1], packages=True)
    return tuple(found)


def compare(mod: ModFile, modules: tuple[VendoredModule, ...]) -> list[Disagreement]:
    """What go's own consistency check (from Go 1.14) would say, in its order."""
    explicit = {(m.path, m.version) for m in modules if m.explicit}
    replaced = {(m.path, m.version): m.replacement for m in modules if m.replacement}
    wrong = []
    for r in mod.requires:
        if (r.path, r.version) not in explicit:
            said = "is explicitly required in go.mod, but not marked as explicit in vendor/modules.txt"
            wrong.append(Disagreement(module=f"{r.path}@{r.version}", said=said, file="go.mod", line=r.line))
    wanted = {(r.path, r.version): f"{r.to} {r.to_version}".strip() for r in mod.replaces}
    for r2 in mod.replaces:
        name = f"{r2.path}@{r2.version}" if r2.version else r2.path
        there = replaced.get((r2.path, r2.version), "")
        if not there:
            said = "is replaced in go.mod, but not marked as replaced in vendor/modules.txt"
            wrong.append(Disagreement(module=name, said=said, file="go.mod", line=r2.line))
        elif there != wanted[r2.path, r2.version]:
            said = f"is replaced by {wanted[r2.path, r2.version]} in go.mod, but marked as replaced by {there} in vendor/modules.txt"
            wrong.append(Disagreement(module=name, said=said, file="go.mod", line=r2.line))
    required = {(r.path, r.version) for r in mod.requires}
    for m in modules:
        name = f"{m.path}@{m.version}" if m.version else m.path
        if m.explicit and m.packages and (m.path, m.version) not in required:
            said = "is marked as explicit in vendor/modules.txt, but not explicitly required in go.mod"
            wrong.append(Disagreement(module=name, said=said, file="vendor/modules.txt", line=m.line))
        if m.replacement and not ({(m.path, m.version), (m.path, "")} & wanted.keys()):
            said = "is marked as replaced in vendor/modules.txt, but not replaced in go.mod"
            wrong.append(Disagreement(module=name, said=said, file="vendor/modules.txt", line=m.line))
    return wrong
