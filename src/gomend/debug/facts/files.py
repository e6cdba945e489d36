"""Where the files of this chapter lie in the project: launch.json, tasks.json, settings.json, Makefiles, Dockerfiles, what else may start dlv, Go modules."""

from __future__ import annotations

import fnmatch
import os
import re
from typing import ClassVar, Final

from gomend.golang import modfile
from gomend.golang.facts.project import TextFile
from gomend.model.base import Thing
from gomend.model.facts import Fact, collector
from gomend.model.step import digest_bytes
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import FileProblem

DEPTH: Final = 5
"""Folders below the project that are looked into."""
MOST: Final = 200
"""Files of one kind that are kept."""
_DOCKERFILE: Final = re.compile(r"(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?|[\w.-]+\.[dD]ockerfile")
_KINDS: Final = (
    "launch", "tasks", "workspaces", "makefiles", "dockerfiles", "settings", "devcontainers", "manifests", "scripts",
)  # fmt: skip
_SCRIPTS: Final = frozenset({"justfile", "Justfile", "Procfile", "Tiltfile", "supervisord.conf", ".air.toml", "air.toml"})
_NO_DOCKERFILE: Final = re.compile(r".*\.(?:go|md|txt|sh|ya?ml|json|dockerignore)")


class LocalModule(Thing, frozen=True):
    """A Go module of the project: its folder (absolute) and module path."""

    folder: str
    path: str


class DebugFiles(Fact, frozen=True):
    """Absolute paths by kind, and the project's Go modules (deepest first)."""

    launch: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    workspaces: tuple[str, ...] = ()
    makefiles: tuple[str, ...] = ()
    dockerfiles: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    devcontainers: tuple[str, ...] = ()
    manifests: tuple[str, ...] = ()
    """YAML files: Compose, Kubernetes, CI."""
    scripts: tuple[str, ...] = ()
    modules: tuple[LocalModule, ...] = ()
    reads: ClassVar = frozenset({"file:*"})

    def module_of(self, path: str) -> LocalModule | None:
        """The module that a local file or folder belongs to."""
        return next((m for m in self.modules if path == m.folder or path.startswith(m.folder + "/")), None)

    def module_named(self, module: str) -> LocalModule | None:
        """The module with this module path."""
        return next((m for m in self.modules if m.path == module), None)


def load(doors: Doors, root: str, path: str) -> TextFile | None:
    """Read a text file so that offsets in ``text`` are offsets in the file (a byte order mark stays).

    Raises:
        FileProblem: unreadable or not UTF-8.
    """
    raw = doors.files.read(path)
    if raw is None:
        return None
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        msg = f"{path} is not UTF-8 text (byte {error.start})"
        raise FileProblem(msg) from None
    name = os.path.relpath(path, root)
    return TextFile(path=path, name=path if name.startswith("..") else name, text=text, digest=digest_bytes(raw))


@collector
async def collect(doors: Doors, scope: Scope) -> DebugFiles:
    """Walk the project once."""
    found: dict[str, list[str]] = {k: [] for k in _KINDS}
    modules: list[LocalModule] = []
    for path in doors.files.walk(scope.root, depth=DEPTH):
        name = os.path.basename(path)
        kind = ""
        if name in {"launch.json", "tasks.json", "settings.json"} and os.path.basename(os.path.dirname(path)) == ".vscode":
            kind = name.removesuffix(".json")
        elif name in {"devcontainer.json", ".devcontainer.json"}:
            kind = "devcontainers"
        elif name.endswith((".yml", ".yaml")):
            kind = "manifests"
        elif name.endswith((".sh", ".bash")) or name in _SCRIPTS:
            kind = "scripts"
        elif fnmatch.fnmatchcase(name, "*.code-workspace"):
            kind = "workspaces"
        elif name in {"Makefile", "makefile", "GNUmakefile"} or name.endswith(".mk"):
            kind = "makefiles"
        elif _DOCKERFILE.fullmatch(name) and not _NO_DOCKERFILE.fullmatch(name):
            kind = "dockerfiles"
        elif name == "go.mod":
            raw = doors.files.read(path) or b""
            module = modfile.parse(raw.decode(errors="replace")).module
            if module:
                modules.append(LocalModule(folder=os.path.dirname(path), path=module.value))
        if kind and len(found[kind]) < MOST:
            found[kind].append(path)
    modules.sort(key=lambda m: (-len(m.folder), m.folder))
    return DebugFiles(**{k: tuple(v) for k, v in found.items()}, modules=tuple(modules))
