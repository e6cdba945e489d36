"""The project's own files: go.mod, go.work, go.sum."""

from __future__ import annotations

import os
from typing import ClassVar

from gomend.golang import modfile
from gomend.golang.facts.env import GoEnv
from gomend.golang.modfile import ModFile, Require
from gomend.model.base import Cost, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.model.finding import Subject
from gomend.model.step import digest_bytes
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import read_text


class TextFile(Thing, frozen=True):
    """A file of the project as it was read: absolute ``path``, path ``name`` relative to the project, text, SHA-256."""

    path: str
    name: str
    text: str
    digest: str

    def evidence(self, line: int) -> Evidence:
        """One line (from 1), as it stands."""
        lines = self.text.splitlines()
        quote = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        return Evidence(source=self.name, quote=quote or "(empty line)", where=f"{self.name}:{line}")

    def offset(self, line: int) -> int:
        """UTF-8 offset of the start of ``line`` (from 1)."""
        return sum(len(kept.encode()) for kept in self.text.splitlines(keepends=True)[: line - 1])


class GoMod(Fact, frozen=True):
    """The project's go.mod."""

    file: TextFile
    mod: ModFile
    reads: ClassVar = frozenset({"file:go.mod"})

    @property
    def module(self) -> str:
        """Module path, empty if go.mod names none."""
        return self.mod.module.value if self.mod.module else ""

    def subject(self, require: Require) -> Subject:
        """A required module as the subject of a finding."""
        return Subject(kind="module", name=f"{require.path}@{require.version}", path=self.file.name, line=require.line)


class GoWork(Fact, frozen=True):
    """The go.work in force (GOWORK, else the nearest one upwards, as go looks for it)."""

    file: TextFile
    work: ModFile
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"file:*go.work", "env", "go-env"})


class GoSum(Fact, frozen=True):
    """The project's go.sum: (module, version or version/go.mod) → hashes with their lines."""

    file: TextFile
    sums: dict[str, tuple[tuple[str, int], ...]]
    """``"path version"`` → (h1, line); ``"path version/go.mod"`` likewise."""
    malformed: tuple[int, ...] = ()
    reads: ClassVar = frozenset({"file:go.sum", "file:go.work.sum"})

    def hashes(self, path: str, version: str) -> tuple[str, ...]:
        """The hashes recorded for a version (append ``/go.mod`` for the mod file's)."""
        return tuple(h for h, _ in self.sums.get(f"{path} {version}", ()))


def load_text(doors: Doors, root: str, path: str) -> TextFile | None:
    """Read a text file of the project.

    Raises:
        FileProblem: it is there but cannot be read.
    """
    text = read_text(doors.files, path)
    if text is None:
        return None
    raw = doors.files.read(path) or b""
    name = os.path.relpath(path, root)
    return TextFile(path=path, name=path if name.startswith("..") else name, text=text, digest=digest_bytes(raw))


@collector
async def collect_mod(doors: Doors, scope: Scope) -> GoMod | Absent | Unknown:
    """Read go.mod in the project folder."""
    file = load_text(doors, scope.root, os.path.join(scope.root, "go.mod"))
    if file is None:
        return Absent(reason="there is no go.mod")
    return GoMod(file=file, mod=modfile.parse(file.text))


@collector
async def collect_work(doors: Doors, scope: Scope, env: GoEnv) -> GoWork | Absent | Unknown:
    """Read the go.work that go uses here."""
    path = env["GOWORK"]
    if path == "off":
        return Absent(reason="GOWORK=off")
    if not path:
        path = _upwards(doors, scope.root)
    file = load_text(doors, scope.root, path) if path else None
    if file is None:
        return Absent(reason="there is no go.work")
    return GoWork(file=file, work=modfile.parse(file.text, work=True))


def _upwards(doors: Doors, folder: str) -> str:
    while True:
        candidate = os.path.join(folder, "go.work")
        if doors.files.entry(candidate):
            return candidate
        parent = os.path.dirname(folder)
        if parent == folder:
            return ""
        folder = parent


@collector
async def collect_sum(doors: Doors, scope: Scope) -> GoSum | Absent | Unknown:
    """Read go.sum in the project folder."""
    file = load_text(doors, scope.root, os.path.join(scope.root, "go.sum"))
    if file is None:
        return Absent(reason="there is no go.sum")
    sums: dict[str, list[tuple[str, int]]] = {}
    malformed = []
    for number, line in enumerate(file.text.splitlines(), 1):
        words = line.split()
        if len(words) == 3:
            sums.setdefault(f"{words[0]} {words[1]}", []).append((words[2], number))
        elif words:
            malformed.append(number)
    return GoSum(file=file, sums={k: tuple(v) for k, v in sums.items()}, malformed=tuple(malformed))
