"""VS Code's settings of the project, as far as they reach the debugger.

Source: vscode-go's ``goDebugConfiguration.ts`` (``go.delveConfig`` gives launch configurations their defaults, ``go.toolsEnvVars``,
``go.goroot`` and ``go.gopath`` the environment) and ``testUtils.ts`` (the code lens "debug test" builds with ``go.testFlags``, else ``go.buildFlags``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import ClassVar, Final

from gomend.debug import buildflags, jsonc, mending
from gomend.debug.buildflags import Flags
from gomend.debug.facts.files import DebugFiles, load
from gomend.debug.facts.launch import fill_in
from gomend.golang.facts.project import TextFile
from gomend.model.base import Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.model.finding import Subject
from gomend.model.step import Edit, EditFile
from gomend.ports.doors import Doors, Scope

FLAG_LISTS: Final = ("go.testFlags", "go.buildFlags")
"""Lists of build flags; the first that is not empty is what "debug test" builds with."""
GOFLAGS: Final = ("go.toolsEnvVars", "GOFLAGS")
"""Where GOFLAGS of every debug session stands."""
SUBSTITUTE: Final = ("go.delveConfig", "substitutePath")
"""Where the default path rules stand."""


class SettingsFile(Thing, frozen=True):
    """One settings.json, or the ``settings`` of a .code-workspace file. ``top`` is where the settings stand in it."""

    file: TextFile
    workspace: str
    top: tuple[str, ...] = ()
    problem: str = ""
    home: str = ""
    variables: dict[str, str] = {}
    exists: tuple[str, ...] = ()
    """Folders named in substitutePath that are on this machine."""

    def document(self) -> jsonc.Document:
        """The file, parsed again."""
        return jsonc.parse(self.file.text)

    def value(self, *path: str | int) -> object:
        """A setting's plain value, None if it is not there."""
        found = self.document().get(*self.top, *path)
        return found.data if found else None

    def filled(self, text: str) -> str:
        """VS Code's variables filled in."""
        return fill_in(text, self.workspace, self.home, self.variables)

    def evidence(self, *path: str | int) -> Evidence:
        """The line of a setting."""
        found = self.document().get(*self.top, *path)
        return self.file.evidence(found.line if found else 1)

    def subject(self, setting: str) -> Subject:
        """A setting as the subject of a finding."""
        return Subject(kind="editor-setting", name=setting, path=self.file.name)

    def flags(self) -> Iterator[tuple[tuple[str, ...], Flags]]:
        """Every setting that gives go build flags, with what they say."""
        for name in FLAG_LISTS:
            words = self.value(name)
            if isinstance(words, list) and words:
                yield (name,), buildflags.parse_flags(str(w) for w in words)
                break
        goflags = self.value(*GOFLAGS)
        if isinstance(goflags, str):
            yield GOFLAGS, buildflags.parse_flags((), goflags)

    def rules(self) -> tuple[tuple[str, str], ...]:
        """``go.delveConfig.substitutePath`` with variables filled in."""
        listed = self.value(*SUBSTITUTE)
        pairs = [(r.get("from"), r.get("to")) for r in listed if isinstance(r, dict)] if isinstance(listed, list) else []
        return tuple((self.filled(a), self.filled(b)) for a, b in pairs if isinstance(a, str) and isinstance(b, str))

    def edit(self, edits: tuple[Edit, ...]) -> EditFile:
        """The step that does ``edits`` to the file."""
        return EditFile(path=self.file.path, before=self.file.digest, edits=edits)

    def change_flags(self, path: tuple[str, ...], change: mending.WordsChange) -> EditFile | None:
        """The step that changes the words of a flag list or of GOFLAGS; None if nothing changes."""
        old = self.value(*path)
        new: object
        if isinstance(old, list):
            new = [w for made in change([str(w) for w in old]) for w in made]
        else:
            new = mending.goflags(str(old), change)
        return None if new == old else self.edit(self.document().set((*self.top, *path), new))


class EditorSettings(Fact, frozen=True):
    """All of them."""

    files: tuple[SettingsFile, ...]
    reads: ClassVar = frozenset({"file:*.vscode/settings.json", "file:*.code-workspace", "env"})


@collector
async def collect(doors: Doors, scope: Scope, files: DebugFiles) -> EditorSettings | Absent | Unknown:
    """Read them."""
    sources: list[tuple[str, str, tuple[str, ...]]] = [(p, os.path.dirname(os.path.dirname(p)), ()) for p in files.settings]
    sources += [(p, os.path.dirname(p), ("settings",)) for p in files.workspaces]
    found, broken = [], []
    for path, workspace, top in sources:
        file = load(doors, scope.root, path)
        if file is None:
            continue
        doc = jsonc.parse(file.text)
        if doc.root is None:
            broken.append(f"{file.name}: {doc.problem}")
        elif doc.get(*top) is not None:
            environ = doors.environ
            one = SettingsFile(file=file, workspace=workspace, top=top, home=environ.home, variables=dict(environ.variables))
            named = [p for pair in one.rules() for p in pair if p.startswith("/") and doors.files.entry(p) is not None]
            found.append(
                SettingsFile(
                    file=file, workspace=workspace, top=top, home=one.home, variables=one.variables, exists=tuple(named)
                )
            )
    if not found and broken:
        return Unknown(reason="; ".join(broken))
    return EditorSettings(files=tuple(found)) if found else Absent(reason="there are no settings of VS Code in the project")
