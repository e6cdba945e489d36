"""Go's launch configurations of VS Code, read as vscode-go hands them to Delve.

Source: vscode-go's debugging documentation and Delve's ``service/dap/types.go`` (LaunchConfig, AttachConfig).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from gomend.debug import buildflags, jsonc, paths
from gomend.debug.facts.files import DebugFiles, LocalModule, load
from gomend.debug.jsontree import Value
from gomend.golang.facts.project import TextFile
from gomend.model.base import Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.model.finding import Subject
from gomend.model.step import Edit, EditFile
from gomend.ports.doors import Doors, Scope


class PathRule(Thing, frozen=True):
    """One entry of substitutePath: as written and with VS Code's variables filled in. ``line`` from 1."""

    written_from: str
    written_to: str
    editor: str
    recorded: str
    line: int
    editor_exists: bool = True
    """Whether the ``from`` path exists on this machine."""
    recorded_exists: bool = False
    """Whether the ``to`` path exists on this machine."""

    @property
    def pair(self) -> tuple[str, str]:
        """(editor, recorded) for :func:`gomend.debug.paths.substitute`."""
        return self.editor, self.recorded


class LaunchConfig(Thing, frozen=True):
    """One configuration of type ``go``; paths are absolute and cleaned unless a variable could not be filled in."""

    name: str
    file: TextFile
    at: tuple[str | int, ...]
    """Where the object stands in the file, for :mod:`gomend.debug.jsonc`."""
    line: int
    workspace: str
    request: str
    mode: str
    """As Delve sees it: ``auto`` is already ``debug`` or ``test``."""
    program: str = ""
    written_program: str = ""
    program_line: int = 0
    build_flags: str | tuple[str, ...] = ""
    env: dict[str, str] = {}
    rules: tuple[PathRule, ...] = ()
    cwd: str = ""
    dlv_flags: tuple[str, ...] = ()
    task: str = ""
    no_debug: bool = False
    module: LocalModule | None = None
    """The project's module that the program belongs to, as far as its path says."""
    data: dict[str, Any] = {}

    @property
    def is_debug(self) -> bool:
        """Whether Delve builds the program itself."""
        return self.request == "launch" and self.mode in {"debug", "test"}

    @property
    def is_exec(self) -> bool:
        """Whether a ready binary is started."""
        return self.request == "launch" and self.mode == "exec"

    @property
    def is_remote(self) -> bool:
        """Whether the editor attaches to a dlv elsewhere (mode remote, or host and port given)."""
        return self.request == "attach" and self.mode == "remote"

    @property
    def is_attach(self) -> bool:
        """Whether dlv attaches to a process of this machine."""
        return self.request == "attach" and self.mode == "local"

    @property
    def resolved(self) -> bool:
        """Whether every variable in ``program`` could be filled in."""
        return bool(self.program) and "${" not in self.program

    @property
    def mapping(self) -> tuple[tuple[str, str], ...]:
        """SubstitutePath as pairs for :func:`gomend.debug.paths.substitute`."""
        return tuple(r.pair for r in self.rules)

    def document(self) -> jsonc.Document:
        """The file, parsed again for edits."""
        return jsonc.parse(self.file.text)

    def edit(self, edits: tuple[Edit, ...]) -> EditFile:
        """The step that does ``edits`` to the file."""
        return EditFile(path=self.file.path, before=self.file.digest, edits=edits)

    def subject(self, line: int | None = None) -> Subject:
        """This configuration as the subject of a finding."""
        return Subject(kind="launch-configuration", name=self.name, path=self.file.name, line=line or self.line)

    def evidence(self, *path: str | int) -> Evidence:
        """The line at which a key of this configuration stands, or that it is not there."""
        value = self.document().get(*self.at, *path)
        if value is None:
            where = f"{self.file.name}:{self.line}"
            return Evidence(source=self.file.name, quote=f'"{self.name}": no {".".join(map(str, path))}', where=where)
        return self.file.evidence(value.line)

    def portable(self, path: str) -> str:
        """``path`` with the workspace folder written as VS Code's variable."""
        if self.inside(path):
            return "${workspaceFolder}" + path[len(self.workspace) :]
        return path

    def inside(self, path: str) -> bool:
        """Whether a path is the workspace folder or lies below it."""
        return path == self.workspace or path.startswith(self.workspace + "/")

    def maps(self, folder: str, recorded: str) -> bool:
        """Whether substitutePath turns the files of a local folder into those below ``recorded``."""
        probe = "/Gomend/probe.go"
        return paths.substitute(folder + probe, self.mapping) == (recorded.rstrip("/") + probe if recorded else probe[1:])

    def with_rule(self, folder: str, recorded: str) -> EditFile:
        """The step that adds a rule before the first one that would catch ``folder``, else behind the others."""
        doc = self.document()
        at = (*self.at, "substitutePath")
        rule = {"from": self.portable(folder), "to": recorded}
        listed = doc.get(*at)
        if listed is None or listed.kind != "array":
            return self.edit(doc.set(at, [rule]))
        first = next((i for i, r in enumerate(self.rules) if paths.substitute(folder, (r.pair,)) != folder), None)
        if first is None:
            return self.edit(doc.append(at, rule))
        if first == 0:
            return self.edit(doc.prepend(at, rule))
        return self.edit(doc.insert_after((*at, first - 1), rule))

    def goflags(self, around: str) -> str:
        """GOFLAGS as Delve's build sees it: the configuration's env wins over ``around``."""
        return self.env.get("GOFLAGS", around)

    def flags(self, goflags: str = "") -> buildflags.Flags:
        """Flags of the build that Delve runs: its own -gcflags stand before a string of buildFlags, after a list."""
        own = ("-gcflags", "all=-N -l")
        words = self.build_words
        argv = (*words, *own) if isinstance(self.build_flags, tuple) else (*own, *words)
        return buildflags.parse_flags(argv, self.goflags(goflags))

    @property
    def build_words(self) -> tuple[str, ...]:
        """BuildFlags as words; a string is split as Delve does (only ``'`` quotes, anywhere in a word)."""
        if isinstance(self.build_flags, tuple):
            return self.build_flags
        return buildflags.split_delve(self.build_flags)


class LaunchConfigs(Fact, frozen=True):
    """All Go configurations of the project, and files that could not be read as (name, problem)."""

    configs: tuple[LaunchConfig, ...]
    broken: tuple[tuple[str, str], ...] = ()
    reads: ClassVar = frozenset({"file:*.vscode/launch.json", "file:*.code-workspace", "env"})


def fill_in(text: str, workspace: str, home: str, variables: Mapping[str, str]) -> str:
    """Fill in VS Code's variables that do not depend on the open file; others stay as they are."""
    fixed = {
        "workspaceFolder": workspace,
        "workspaceRoot": workspace,
        "fileWorkspaceFolder": workspace,
        "workspaceFolderBasename": os.path.basename(workspace),
        f"workspaceFolder:{os.path.basename(workspace)}": workspace,
        "userHome": home,
        "pathSeparator": "/",
        "/": "/",
    }

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name.startswith("env:"):
            return variables.get(name[4:], "")
        return fixed.get(name, match[0])

    return re.sub(r"\$\{([^}]+)\}", value, text)


class _Reader:
    def __init__(self, doors: Doors, files: DebugFiles) -> None:
        self.doors = doors
        self.files = files

    def fill(self, text: str, workspace: str) -> str:
        environ = self.doors.environ
        return fill_in(text, workspace, environ.home, environ.variables)

    def path(self, text: str, workspace: str) -> str:
        filled = self.fill(text, workspace)
        return filled if not filled or filled.startswith("${") else paths.join(workspace, filled)

    def read(self, value: Value, at: tuple[str | int, ...], file: TextFile, workspace: str) -> LaunchConfig | None:
        data = value.data
        if not isinstance(data, dict) or data.get("type") != "go":
            return None
        request = str(data.get("request", "launch"))
        written = str(data.get("program", "")) if isinstance(data.get("program", ""), str) else ""
        mode = str(data.get("mode") or ("local" if request == "attach" else "auto"))
        if mode == "auto":
            mode = "test" if written.endswith("_test.go") else "debug"
        program = self.path(written, workspace)
        if not written and request == "launch" and mode in {"debug", "test"}:
            program = workspace
        flags = data.get("buildFlags") or ""
        where = program if program and "${" not in program else workspace
        program_value = value.get("program")
        return LaunchConfig(
            name=str(data.get("name", "")) or f"configuration {at[-1]}",
            file=file,
            at=at,
            line=value.line,
            workspace=workspace,
            request=request,
            mode=mode,
            program=program,
            written_program=written,
            program_line=program_value.line if program_value else value.line,
            build_flags=tuple(map(str, flags)) if isinstance(flags, list) else str(flags),
            env={str(k): self.fill(str(v), workspace) for k, v in _dict(data.get("env")).items() if v is not None},
            rules=tuple(self._rules(value, workspace)),
            cwd=self.path(str(data.get("cwd") or ""), workspace),
            dlv_flags=tuple(map(str, data.get("dlvFlags") or ())),
            task=str(data.get("preLaunchTask") or "") if isinstance(data.get("preLaunchTask"), str) else "",
            no_debug=data.get("noDebug") is True,
            module=self.files.module_of(where) or self.files.module_of(workspace),
            data=data,
        )

    def _rules(self, value: Value, workspace: str) -> list[PathRule]:
        listed = value.get("substitutePath")
        rules = []
        for item in listed.items if listed else ():
            data = _dict(item.data)
            source, to = data.get("from"), data.get("to")
            if isinstance(source, str) and isinstance(to, str):
                editor, recorded = self.fill(source, workspace), self.fill(to, workspace)
                rules.append(
                    PathRule(
                        written_from=source,
                        written_to=to,
                        editor=editor,
                        recorded=recorded,
                        line=item.line,
                        editor_exists=self._exists(editor),
                        recorded_exists=self._exists(recorded),
                    )
                )
        return rules

    def _exists(self, path: str) -> bool:
        return path.startswith("/") and self.doors.files.entry(paths.clean(path)) is not None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


@collector
async def collect(doors: Doors, scope: Scope, files: DebugFiles) -> LaunchConfigs | Absent | Unknown:
    """Read every .vscode/launch.json and the ``launch`` part of every .code-workspace file."""
    reader = _Reader(doors, files)
    configs: list[LaunchConfig] = []
    broken = []
    sources: list[tuple[str, str, tuple[str, ...]]]
    sources = [(p, os.path.dirname(os.path.dirname(p)), ("configurations",)) for p in files.launch]
    sources += [(p, os.path.dirname(p), ("launch", "configurations")) for p in files.workspaces]
    for path, workspace, at in sources:
        file = load(doors, scope.root, path)
        if file is None:
            continue
        doc = jsonc.parse(file.text)
        if doc.root is None:
            broken.append((file.name, doc.problem))
            continue
        listed = doc.get(*at)
        for index, item in enumerate(listed.items if listed else ()):
            made = reader.read(item, (*at, index), file, workspace)
            if made is not None:
                configs.append(made)
    if not configs and broken:
        return Unknown(reason="; ".join(f"{name}: {problem}" for name, problem in broken))
    if not configs:
        return Absent(reason="there is no launch configuration for Go")
    return LaunchConfigs(configs=tuple(configs), broken=tuple(broken))
