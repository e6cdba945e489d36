"""Which Go files the project has, and which packages they import (other modules' only)."""

from __future__ import annotations

import os
import re
from typing import ClassVar, Final

from gomend.model.base import Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Fact, collector
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import FileProblem

FILE_LIMIT: Final = 4000
"""Go files that are looked into at most."""
HEAD: Final = 1024 * 1024
"""Bytes of a file that are read at most."""

_BLOCK: Final = re.compile(r"^import\s*\(\s*$(.*?)^\s*\)", re.MULTILINE | re.DOTALL)
_ONE: Final = re.compile(r"^import\s+(?:[\w.]+\s+)?\"([^\"\n]+)\"", re.MULTILINE)
_SPEC: Final = re.compile(r"^\s*(?:[\w.]+\s+)?\"([^\"\n]+)\"", re.MULTILINE)


class Import(Thing, frozen=True):
    """Where a package is imported first: file (relative to the project) and line."""

    package: str
    file: str
    line: int

    def evidence(self) -> Evidence:
        """The import."""
        return Evidence(source=self.file, quote=f'import "{self.package}"', where=f"{self.file}:{self.line}")


class GoFiles(Fact, frozen=True):
    """The project's Go files: how many, the first few, and imports whose first element has a dot (so no std package)."""

    count: int
    first: tuple[str, ...] = ()
    imports: tuple[Import, ...] = ()
    nested_modules: tuple[str, ...] = ()
    """go.mod files below the project folder."""
    whole: bool = True
    """False if there were more files than are looked into."""
    reads: ClassVar = frozenset({"file:*.go", "file:*go.mod"})

    def importing(self, module: str) -> Import | None:
        """The first import of a package that lies in a module's path space."""
        return next((i for i in self.imports if i.package == module or i.package.startswith(module + "/")), None)


@collector
async def collect(doors: Doors, scope: Scope) -> GoFiles:
    """Walk the project; folders of nested modules and names that go ignores (``_x``, ``.x``) do not count."""
    paths = list(doors.files.walk(scope.root))
    nested = [os.path.relpath(p, scope.root) for p in paths if os.path.basename(p) == "go.mod"]
    nested = [n for n in nested if n != "go.mod"]
    homes = tuple(os.path.dirname(n) + "/" for n in nested)
    names = [n for n in (os.path.relpath(p, scope.root) for p in paths if p.endswith(".go")) if _counts(n, homes)]
    found: dict[str, Import] = {}
    for name in names[:FILE_LIMIT]:
        try:
            raw = doors.files.read(os.path.join(scope.root, name), HEAD)
        except FileProblem:
            continue
        for package, line in imports_of((raw or b"").decode(errors="replace")):
            if "." in package.split("/", 1)[0]:
                found.setdefault(package, Import(package=package, file=name, line=line))
    return GoFiles(
        count=len(names),
        first=tuple(names[:3]),
        imports=tuple(found[k] for k in sorted(found)),
        nested_modules=tuple(nested),
        whole=len(names) <= FILE_LIMIT,
    )


def imports_of(text: str) -> list[tuple[str, int]]:
    """Imported packages and their lines."""
    found = [(m[1], m.start(1)) for m in _ONE.finditer(text)]
    for block in _BLOCK.finditer(text):
        found += [(m[1], block.start(1) + m.start(1)) for m in _SPEC.finditer(block[1])]
    return [(package, text.count("\n", 0, at) + 1) for package, at in found]


def _counts(name: str, nested: tuple[str, ...]) -> bool:
    return not any(part.startswith(("_", ".")) for part in name.split("/")) and not name.startswith(nested)
