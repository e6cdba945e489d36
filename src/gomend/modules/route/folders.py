"""What stands in a module's folder: packages and their imports.

Source: cmd/go/internal/modload/import.go (dirInModule, fetch), search.go (matchPackages), imports/scan.go.
"""

from __future__ import annotations

import posixpath
import re
from typing import Final, NamedTuple

from gomend.modules.route.errors import GoError, Mod, SumMissingError, version_error
from gomend.modules.route.state import State

_STANDARD: Final = frozenset(
    (
        *("archive", "bufio", "builtin", "bytes", "cmp", "cmd", "compress", "container", "context", "crypto", "database"),
        *("debug", "embed", "encoding", "errors", "expvar", "flag", "fmt", "go", "hash", "html", "image", "index", "io"),
        *("iter", "log", "maps", "math", "mime", "net", "os", "path", "plugin", "reflect", "regexp", "runtime", "slices"),
        *("sort", "strconv", "strings", "structs", "sync", "syscall", "testing", "text", "time", "unicode", "unique"),
        *("unsafe", "weak", "C"),
    )
)
_ONLY_FOLDERS: Final = frozenset(("archive", "cmd", "compress", "container", "database", "debug", "go", "index", "text"))
_IMPORT: Final = re.compile(r'(?m)^import\s+(?P<one>(?:[\w.]+\s+)?(?:"[^"]+"|`[^`]+`))|^import\s*\((?P<many>[^)]*)\)')
_QUOTED: Final = re.compile(r'(?m)^[ \t]*((?:[\w.]+\s+)?(?:"[^"]+"|`[^`]+`))')


class Import(NamedTuple):
    """One import: the path and where it stands."""

    path: str
    place: str


def standard(path: str) -> bool:
    """Whether the standard library has the package."""
    return path.partition("/")[0] in _STANDARD and path not in _ONLY_FOLDERS


def std_shaped(path: str) -> bool:
    """search.IsStandardImportPath: no dot in the first element."""
    return "." not in path.partition("/")[0]


def imports_of(state: State, folder: str) -> tuple[list[Import], list[Import]]:
    """imports.ScanDir: the imports of a folder's files and of its tests, by path."""
    plain: dict[str, Import] = {}
    tests: dict[str, Import] = {}
    for name in state.process.machine.children(folder):
        if not name.endswith(".go") or name[0] in "._":
            continue
        text = state.process.machine.text(f"{folder}/{name}") or ""
        place = posixpath.relpath(f"{folder}/{name}", state.process.cwd) if state.work else name
        for found in _scan(text, place):
            (tests if name.endswith("_test.go") else plain).setdefault(found.path, found)
    return [plain[p] for p in sorted(plain)], [tests[p] for p in sorted(tests)]


def _scan(text: str, name: str) -> list[Import]:
    found: list[Import] = []
    for match in _IMPORT.finditer(text):
        spots = [(match.start("one"), match["one"])] if match["one"] else []
        if match["many"]:
            spots = [(match.start("many") + m.start(1), m[1]) for m in _QUOTED.finditer(match["many"])]
        for at, quoted in spots:
            line = text.count("\n", 0, at) + 1
            column = at - (text.rfind("\n", 0, at) + 1) + 1
            found.append(Import(quoted.split()[-1][1:-1], f"{name}:{line}:{column}"))
    return found


def packages_below(state: State, root: str, path: str) -> list[str]:
    """The packages of a module, by import path (matchPackages): nested modules, vendor and testdata are left out."""
    machine = state.process.machine
    nested = {n.rpartition("/")[0] for n in machine.below(root) if n.endswith("/go.mod")} - {root}
    found: set[str] = set()
    for name in machine.below(root):
        folder, _, file = name.rpartition("/")
        inside = folder.removeprefix(root).strip("/")
        parts = inside.split("/") if inside else []
        skipped = any(p[0] in "._" or p in {"testdata", "vendor"} for p in parts)
        if not file.endswith(".go") or skipped or any(folder == n or folder.startswith(f"{n}/") for n in nested):
            continue
        found.add(f"{path}/{inside}" if inside else path)
    return sorted(found)


def has_package(state: State, package: str, path: str, root: str, *, local: bool) -> bool:
    """modload.dirInModule: whether a module's folder has Go files for a package."""
    if package != path and not package.startswith(f"{path}/"):
        return False
    inside = package.removeprefix(path).strip("/")
    folder = f"{root}/{inside}" if inside else root
    machine = state.process.machine
    while local and folder != root:
        if f"{folder}/go.mod" in machine.files:
            return False
        folder = folder.rpartition("/")[0]
    return any(n.endswith(".go") for n in machine.children(f"{root}/{inside}" if inside else root))


def matches_in(state: State, pattern: str, path: str, root: str, *, local: bool) -> bool:
    """Whether a module has packages that a pattern with or without ``...`` matches."""
    if "..." not in pattern:
        return has_package(state, pattern, path, root, local=local)
    wanted = re.compile(re.escape(pattern).replace(r"/\.\.\.", r"(?:/.*)?").replace(r"\.\.\.", ".*"))
    return any(wanted.fullmatch(package) for package in packages_below(state, root, path))


def fetch_module(state: State, mod: Mod) -> tuple[str, bool]:
    """modload.fetch: the folder of a module, downloaded if need be, and whether it is local.

    Raises:
        GoError: it cannot be had, or go.sum does not speak of it.
    """
    if not mod.version and state.is_main(mod.path):
        return state.mains[mod.path], True
    actual = state.replacement(mod)
    if actual is not None and not actual.version:
        folder = state.replaced_folder(actual)
        if not state.process.machine.is_dir(folder):
            raise version_error(mod, GoError(f"replacement directory {actual.path} does not exist"))
        return folder, True
    actual = actual or mod
    if state.must_have_sums and not state.fetcher.sums.have(actual):
        raise version_error(actual, SumMissingError())
    return state.fetcher.download(actual), False
