"""Files of the project that need Delve on this machine: editor launch files and build scripts."""

from __future__ import annotations

import os
import re
from typing import ClassVar, Final

from gomend.golang.facts.project import load_text
from gomend.model.base import Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, collector
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import FileProblem

_GO_LAUNCH: Final = re.compile(r"\"type\"\s*:\s*\"go\"")
_RECIPE: Final = re.compile(r"^\s*(?:[@-]|- |cmd: |run: )*\s*dlv\s+(?:debug|test|exec|dap|attach|trace|connect)\b")
_FILES: Final = (".vscode/launch.json", "Makefile", "makefile", "GNUmakefile", "Taskfile.yml", "Taskfile.yaml", "justfile")


class Wish(Thing, frozen=True):
    """A line that needs dlv."""

    file: str
    line: int
    said: str

    def evidence(self) -> Evidence:
        """The line."""
        return Evidence(source=self.file, quote=self.said, where=f"{self.file}:{self.line}")


class DelveWishes(Fact, frozen=True):
    """Every line that needs dlv."""

    wishes: tuple[Wish, ...]
    reads: ClassVar = frozenset({f"file:{name}" for name in _FILES})


@collector
async def collect(doors: Doors, scope: Scope) -> DelveWishes | Absent:
    """Look into the launch file and the usual build scripts."""
    found = []
    for name in _FILES:
        try:
            file = load_text(doors, scope.root, os.path.join(scope.root, name))
        except FileProblem:
            continue
        pattern = _GO_LAUNCH if name.endswith(".json") else _RECIPE
        for number, line in enumerate(file.text.splitlines() if file else (), 1):
            if pattern.search(line):
                found.append(Wish(file=name, line=number, said=line.strip()))
                break
    if not found:
        return Absent(reason="no file of the project needs dlv")
    return DelveWishes(wishes=tuple(found))
