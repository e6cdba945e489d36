"""Which module provides a package: among those required, else by asking every prefix of its path.

Source: cmd/go/internal/modload/import.go (importFromModules, queryImport, dirInModule, fetch).
"""

from __future__ import annotations

from typing import NamedTuple

from gomend.golang import modpath, semver
from gomend.modules.route.errors import (
    AmbiguousImportError,
    GoError,
    ImportMissingError,
    ImportMissingSumError,
    Mod,
    SumMissingError,
    find,
)
from gomend.modules.route.folders import fetch_module, has_package, standard, std_shaped
from gomend.modules.route.graph import Graph, Requirements
from gomend.modules.route.replaced import OLDEST
from gomend.modules.route.search import query_packages
from gomend.modules.route.state import State
from gomend.modules.route.vendorlist import module_of


class Place(NamedTuple):
    """Where a package is."""

    mod: Mod
    folder: str


def locate(state: State, path: str, rs: Requirements, *, skip_mod: bool = False) -> Place:
    """modload.importFromModules: the roots first, and only if they have nothing the whole graph.

    Raises:
        GoError: nobody has it, more than one has it, or the module cannot be fetched.
    """
    if "@" in path:
        raise GoError(f'import path "{path}" should not have @version')
    if path.startswith(("./", "../")):
        raise GoError(f'"{path}" is relative, but relative import paths are not supported in module mode')
    if standard(path):
        return Place(Mod("", ""), "")
    if state.process.build_mod == "vendor":
        return _vendored(state, path)
    graph: Graph | None = None if rs.pruned else rs.read()
    while True:
        found, without_sum = _candidates(state, path, rs, graph)
        if len(found) > 1:
            raise AmbiguousImportError(path, [(p.mod, p.folder) for p in reversed(found)])
        if without_sum:
            raise ImportMissingSumError(path, without_sum[::-1], found=bool(found))
        if found:
            mod = found[0].mod
            if not skip_mod and not state.is_main(mod.path):
                state.summary_of(mod)
            return found[0]
        if graph is not None:
            raise _missing(state, path)
        graph = rs.whole()


def _candidates(state: State, path: str, rs: Requirements, graph: Graph | None) -> tuple[list[Place], list[Mod]]:
    found: list[Place] = []
    without_sum: list[Mod] = []
    prefix = path
    while prefix:
        version = rs.selected(prefix) if graph is None else graph.selected(prefix)
        if prefix not in semver.TOOLCHAINS and version is not None and version != "none":
            mod = Mod(prefix, version)
            try:
                root, local = fetch_module(state, mod)
            except GoError as error:
                if find(error, SumMissingError) is None:
                    raise
                without_sum.append(mod)
            else:
                if has_package(state, path, prefix, root, local=local):
                    inside = path.removeprefix(prefix).strip("/")
                    found.append(Place(mod, f"{root}/{inside}" if inside else root))
        prefix = prefix.rpartition("/")[0]
    return found, without_sum


def _vendored(state: State, path: str) -> Place:
    for main, root in state.mains.items():
        if has_package(state, path, main, root, local=True):
            inside = path.removeprefix(main).strip("/")
            return Place(Mod(main, ""), f"{root}/{inside}" if inside else root)
    folder = f"{state.root}/vendor/{path}"
    if any(n.endswith(".go") for n in state.process.machine.children(folder)):
        mod = module_of(state, path)
        if mod is not None:
            return Place(mod, folder)
        state.process.say(
            f"go: ignoring package {path} which exists in the vendor directory but is missing from "
            f"vendor/modules.txt. To sync the vendor directory run go {'work' if state.work else 'mod'} vendor."
        )
    raise _missing(state, path)


def _missing(state: State, path: str, inner: GoError | None = None) -> GoError:
    """The text of modload.ImportMissingError."""
    process = state.process
    if std_shaped(path):
        return ImportMissingError(f"package {path} is not in std (/usr/local/go/src/{path})", std=True, inner=inner)
    if inner is not None:
        return ImportMissingError(f"cannot find module providing package {path}: {inner}", inner=inner)
    if process.build_mod == "mod" or (process.build_mod == "readonly" and state.allow_missing):
        return ImportMissingError(f"cannot find module providing package {path}")
    text = f"no required module provides package {path}"
    if not state.root:
        return ImportMissingError(f"{text}: {state.no_modules}")
    return ImportMissingError(f"{text}; to add it:\n\tgo get {path}")


def _replaced(state: State, path: str, rs: Requirements) -> Mod | None:
    """A module that is not required, but replaced, and has the package: the longest such path counts."""
    highest: dict[str, str] = {}
    for old in state.summary.replaces if state.summary else ():
        if path == old.path or path.startswith(f"{old.path}/"):
            known = highest.setdefault(old.path, old.version)
            if not known or semver.compare(old.path, known, old.version) < 0:
                highest[old.path] = old.version
    for module in sorted(highest, key=len, reverse=True):
        major = modpath.split_major(module)[1]
        mod = Mod(module, highest[module] or f"v{major or 0}.0.0-{OLDEST}")
        chosen = rs.whole().selected(module)
        if chosen != "none" and semver.compare(module, chosen, mod.version) >= 0:
            continue
        try:
            root, local = fetch_module(state, mod)
        except GoError as error:
            if find(error, SumMissingError) is not None:
                raise ImportMissingSumError(path, [], found=False) from None
            raise
        if not has_package(state, path, module, root, local=local):
            continue
        if state.process.build_mod != "readonly":
            return mod
        if state.allow_missing:
            raise _missing(state, path)
        asked = mod if highest[module] else module
        raise ImportMissingError(
            f"module {module} provides package {path} and is replaced but not required; to add it:\n\tgo get {asked}"
        )
    return None


def search(state: State, path: str, rs: Requirements) -> Mod:
    """modload.queryImport: the newest module that has the package.

    Raises:
        GoError: none has it, or looking is not allowed.
    """
    process = state.process
    if (shimmed := _replaced(state, path, rs)) is not None:
        return shimmed
    if std_shaped(path):
        raise _missing(state, path)
    if process.build_mod in {"readonly", "vendor"} and not state.allow_missing:
        if process.mod_explicit or process.mod_reason:
            reason = "" if process.mod_explicit else f"\n\t({process.mod_reason})"
            raise _missing(state, path, GoError(f"import lookup disabled by -mod={process.build_mod}{reason}"))
        raise _missing(state, path)
    process.say(f"go: finding module for package {path}")
    graph = rs.whole()
    try:
        found = query_packages(state, path, "latest", graph.selected, state.check_allowed)
    except GoError as error:
        if error.missing:
            raise _missing(state, path, error) from None
        raise
    for candidate in found:
        if semver.compare(candidate.mod.path, graph.selected(candidate.mod.path), candidate.mod.version) <= 0:
            return candidate.mod
    mod = found[0].mod
    raise ImportMissingError(
        f"package {path} provided by {mod.path} at latest version {mod.version} "
        f"but not at required version {graph.selected(mod.path)}"
    )
