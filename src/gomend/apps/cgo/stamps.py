"""Whether anything that a plan was made from has changed since: if not, the next build need not ask ``go list`` again.

A plan depends on which files a package has, on what stands before their first declaration (build constraints, imports, cgo's lines), on go.mod and
its kin, and on the toolchain. It does not depend on Go code, which is what changes most. What cannot be told apart cheaply counts as changed.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from typing import Final

from gomend.model.base import Thing

_HEAD: Final = re.compile(
    rb"""(?:\xef\xbb\xbf)?
    (?:\s+ | ; | //[^\n]* | /\*.*?\*/ | package\s+[^\s;/]+
     | import\s*(?:[^\s"`(;]+\s*)?(?:"[^"\n]*"|`[^`]*`)
     | import\s*\((?:"[^"\n]*" | `[^`]*` | //[^\n]* | /\*.*?\*/ | [^()"`/])*\)
    )*+""",
    re.DOTALL | re.VERBOSE,
)
"""All before the first declaration (the Go specification, "Source file organization")."""
_AFTER: Final = re.compile(rb"(?:func|type|var|const)\b|\Z")
_OF_MODULE: Final = ("go.mod", "go.sum", "vendor/modules.txt")
_OF_WORK: Final = ("go.work", "go.work.sum")
_VARIABLES: Final = re.compile(
    r"GO[A-Z0-9_]*|CGO_.*|CC|CXX|AR|FC|PKG_CONFIG.*|PATH|HOME|XDG_.*|ZIG_.*|LANG|VIRTUAL_ENV|C_INCLUDE_PATH|CPATH|LIBRARY_PATH"
)
_ELSEWHERE: Final = ("-modfile", "-overlay", "-toolexec", "-C")
"""Flags in GOFLAGS that lead to files which are not looked at here."""
_SOURCES: Final = (
    ".go", ".c", ".cc", ".cpp", ".cxx", ".m", ".mm", ".h", ".hh", ".hpp", ".hxx", ".f", ".F", ".for", ".f90", ".s", ".S", ".sx",
    ".swig", ".swigcxx", ".syso", ".a", ".o", ".so", ".pc",
)  # fmt: skip
"""Files that take part in a build (go help packages, cgo's own); a binary in the same folder is none."""
Stat = tuple[int, int]
"""Time of the last change in nanoseconds, and size in bytes; zeros if there is no such file."""


class Stamp(Thing, frozen=True):
    """What a plan was made from. ``folders`` are of packages that can change, ``files`` are looked at by their time and size only."""

    environ: str
    folders: dict[str, dict[str, tuple[int, int, str]]]
    """Folder → name → time, size, digest of the head (Go files)."""
    files: dict[str, Stat]


def take(
    environ: Mapping[str, str], directory: str, folders: Iterable[str], files: Iterable[str], *, before: int
) -> Stamp | None:
    """Look at everything; None if something changed after ``before`` (nanoseconds), or could change unseen."""
    if any(word in environ.get("GOFLAGS", "") for word in _ELSEWHERE):
        return None
    seen = {folder: _folder(folder, {}) for folder in dict.fromkeys(folders)}
    parents = [directory, *seen]
    stats = {path: _stat(path) for path in dict.fromkeys((*files, *_configuration(environ), *(_above(parents))))}
    newest = max([0, *(s[0] for s in stats.values()), *(s[0] for files_ in seen.values() for s in files_.values())])
    if newest >= before or any(digest == "?" for files_ in seen.values() for _, _, digest in files_.values()):
        return None
    return Stamp(environ=_environ(environ), folders=seen, files=stats)


def holds(stamp: Stamp, environ: Mapping[str, str]) -> bool:
    """Nothing of it has changed."""
    return (
        stamp.environ == _environ(environ)
        and all(_stat(path) == tuple(was) for path, was in stamp.files.items())
        and all(_same(folder, was) for folder, was in stamp.folders.items())
    )


def _same(folder: str, was: dict[str, tuple[int, int, str]]) -> bool:
    now = _folder(folder, was)
    return now.keys() == was.keys() and all(
        now[name][2] == was[name][2] if name.endswith(".go") else now[name] == tuple(was[name]) for name in now
    )


def _folder(folder: str, known: Mapping[str, tuple[int, int, str]]) -> dict[str, tuple[int, int, str]]:
    """The files of a folder; heads of those that are as they were are not read again."""
    found = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir():
                    continue
                stat = entry.stat()
                was = known.get(entry.name)
                if was is not None and (stat.st_mtime_ns, stat.st_size) == (was[0], was[1]):
                    head = was[2]
                else:
                    head = _head(entry.path) if entry.name.endswith(".go") else ""
                if entry.name.endswith(_SOURCES):
                    found[entry.name] = (stat.st_mtime_ns, stat.st_size, head)
    except OSError:
        return {}
    return found


def _head(path: str) -> str:
    """A digest of what stands before the first declaration; ``?`` if that cannot be told."""
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError:
        return "?"
    match = _HEAD.match(source)
    end = match.end() if match else 0
    return hashlib.sha256(source[:end]).hexdigest()[:32] if _AFTER.match(source, end) else "?"


def _above(folders: Iterable[str]) -> list[str]:
    """The files of modules and workspaces that rule in a folder, also those that are not there yet."""
    found: dict[str, None] = {}
    for folder in folders:
        at = folder
        while (above := os.path.dirname(at)) != at:
            found |= dict.fromkeys(os.path.join(at, name) for name in (*_OF_WORK, *_OF_MODULE))
            at = above
    return list(found)


def _configuration(environ: Mapping[str, str]) -> list[str]:
    """What ``go env -w`` writes, and the folders in which programs are looked up."""
    home = environ.get("XDG_CONFIG_HOME") or os.path.join(environ.get("HOME", ""), ".config")
    return [environ.get("GOENV") or os.path.join(home, "go", "env"), *environ.get("PATH", "").split(os.pathsep)]


def _environ(environ: Mapping[str, str]) -> str:
    kept = sorted((name, value) for name, value in environ.items() if _VARIABLES.fullmatch(name))
    return hashlib.sha256(repr(kept).encode()).hexdigest()[:32]


def _stat(path: str) -> Stat:
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, 0 if os.path.isdir(path) else found.st_size)
