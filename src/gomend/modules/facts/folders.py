"""Folders that go.mod replaces modules by: do they exist, and do they hold a go.mod?"""

from __future__ import annotations

import os
from typing import ClassVar

from gomend.golang.facts.project import GoMod
from gomend.golang.modfile import Replace
from gomend.model.base import Thing
from gomend.model.facts import Absent, Fact, collector
from gomend.ports.doors import Doors, Scope


class LocalReplace(Thing, frozen=True):
    """A ``replace … => ../folder``: the folder as an absolute path, and whether it and its go.mod are there."""

    replace: Replace
    folder: str
    exists: bool
    has_mod: bool


class LocalReplaces(Fact, frozen=True):
    """All local replacements of go.mod."""

    replaces: tuple[LocalReplace, ...]
    reads: ClassVar = frozenset({"file:go.mod", "file:*"})


@collector
async def collect(doors: Doors, scope: Scope, mod: GoMod) -> LocalReplaces | Absent:
    """Look for each folder."""
    local = [r for r in mod.mod.replaces if r.local]
    if not local:
        return Absent(reason="go.mod replaces no module by a folder")
    found = []
    for replace in local:
        folder = os.path.normpath(os.path.join(scope.root, replace.to))
        has_mod = doors.files.entry(os.path.join(folder, "go.mod")) is not None
        exists = has_mod or doors.files.entry(folder) is not None
        found.append(LocalReplace(replace=replace, folder=folder, exists=exists, has_mod=has_mod))
    return LocalReplaces(replaces=tuple(found))
