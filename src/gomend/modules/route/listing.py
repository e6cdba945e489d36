"""``go list -m`` and the module information that other commands look up on the way.

Source: cmd/go/internal/modload/list.go (ListModules, listModules), build.go (moduleInfo, addUpdate, addRetraction).
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from functools import partial

from gomend.golang import semver
from gomend.modules.route import commit
from gomend.modules.route.errors import (
    DisallowedError,
    GoError,
    Mod,
    ModuleError,
    NoMatchingVersionError,
    RetractedError,
    find,
)
from gomend.modules.route.graph import Requirements, expand
from gomend.modules.route.query import is_revision, query, versions
from gomend.modules.route.state import State


@dataclass
class Listed:
    """modinfo.ModulePublic, as far as it matters here."""

    path: str
    version: str = ""
    error: str = ""
    replace: Listed | None = None
    versions: tuple[str, ...] = ()
    update: str = ""
    main: bool = False


@dataclass(frozen=True)
class Mode:
    """modload.ListMode."""

    upgrades: bool = False
    versions: bool = False
    retracted: bool = False
    explicit_write: bool = False


def list_modules(state: State, arguments: list[str], mode: Mode) -> tuple[list[Listed], GoError | None]:
    """modload.ListModules: the modules, and what kept the graph from being read."""
    rs = commit.load(state)
    rs, found, failed = _match(state, rs, arguments, mode)
    everyone = [*found, *(r for o in found if (r := o.replace) is not None)]
    state.process.machine.together([partial(_complete, state, one, mode) for one in everyone])
    if failed is None:
        state.requirements = rs
        if not mode.explicit_write and not mode.upgrades:
            try:
                commit.write(state, None)
            except GoError as error:
                failed = error
    return found, failed


def _complete(state: State, one: Listed, mode: Mode) -> None:
    """What flags ask for besides."""
    if mode.upgrades:
        _add_update(state, one)
    if mode.versions:
        _add_versions(state, one, mode)
    if mode.upgrades or mode.retracted:
        _add_retraction(state, one)
    if mode.upgrades and one.version:
        _add_deprecation(state, one)


def _match(
    state: State, rs: Requirements, arguments: list[str], mode: Mode
) -> tuple[Requirements, list[Listed], GoError | None]:
    if not arguments:
        return rs, [Listed(path, main=True) for path in state.mains], None
    process = state.process
    failed: GoError | None = None
    whole = False
    for argument in arguments:
        if re.match(r"\.\.?(?:/|$)", argument):
            process.fatal(f"go: cannot use relative path {argument} to specify module")
        path, at, version = argument.partition("@")
        if version.startswith(("-", "/")):
            process.fatal(f'go: invalid module version "{version}"')
        graph_needed = rs.selected(path) is None or not rs.pruned
        if argument == "all" or "..." in argument or (at and version in {"upgrade", "patch"} and graph_needed):
            if not state.root:
                _no_module(state, f'cannot match "{argument}"')
            whole = True
        elif not at and graph_needed:
            if not state.root and not mode.versions:
                _no_module(state, f'cannot match "{argument}" without -versions or an explicit version')
            whole = True
    if whole:
        try:
            rs = expand(rs)
        except GoError as error:
            failed = error
    found: list[Listed] = []
    seen: set[Mod] = set()
    for argument in arguments:
        path, at, version = argument.partition("@")
        known = rs.read().selected(path) if whole else (rs.selected(path) or "")
        if at:
            if not (known == "none" and failed is not None and version in {"upgrade", "patch"}):
                found.append(_queried(state, path, version, known, mode))
        elif argument == "all" or "..." in argument:
            wanted = re.compile(
                ".*" if argument == "all" else re.escape(argument).replace(r"/\.\.\.", "(?:/.*)?").replace(r"\.\.\.", ".*")
            )
            before = len(found)
            for mod in rs.read().build_list():
                if wanted.fullmatch(mod.path) and mod.path not in semver.TOOLCHAINS and mod not in seen:
                    seen.add(mod)
                    found.append(info(state, rs, mod, mode))
            if len(found) == before:
                process.say(f'warning: pattern "{argument}" matched no module dependencies')
        elif known != "none":
            found.append(info(state, rs, Mod(path, known), mode))
        elif failed is None:
            if process.build_mod == "vendor":
                told = "can't resolve module using the vendor directory\n\t(Use -mod=mod or -mod=readonly to bypass.)"
                found.append(Listed(path, error=f"module {path}: {told}"))
            else:
                found.append(Listed(path, error="" if mode.versions else f"module {path}: not a known dependency"))
    return rs, found, failed


def _no_module(state: State, text: str) -> None:
    state.process.fatal(f"go: {text}: {state.no_modules}")


def _queried(state: State, path: str, version: str, current: str, mode: Mode) -> Listed:
    allowed = None if is_revision(path, version) or mode.retracted or mode.upgrades else state.check_allowed
    try:
        chosen = query(state, path, version, current, allowed).version
    except GoError as error:
        if find(error, NoMatchingVersionError) is not None:
            error = ModuleError(path, "", error)
        elif find(error, ModuleError) is None:
            error = ModuleError(path, version, error)
        return Listed(path, version, error=str(error))
    return info(state, None, Mod(path, chosen), mode)


def info(state: State, rs: Requirements | None, mod: Mod, mode: Mode) -> Listed:
    """modload.moduleInfo: a module with its time, its go version and its sums, as far as the cache and proxies tell."""
    found = Listed(mod.path, mod.version)
    if not mod.version and state.is_main(mod.path):
        found.main = True
        return found
    if mod.path in semver.TOOLCHAINS:
        return found
    replaced = state.replacement(mod) if rs is not None else None
    actual = replaced or mod
    if state.process.build_mod == "vendor" and rs is not None:
        return found
    if replaced is not None:
        found.replace = Listed(actual.path, actual.version)
    if not actual.version:
        return found
    try:
        actual = Mod(actual.path, query(state, actual.path, actual.version, "", None).version)
    except GoError as error:
        (found.replace or found).error = str(error)
    sums_needed = rs is not None and state.must_have_sums
    if not sums_needed or state.fetcher.sums.have(actual.sum_key):
        with contextlib.suppress(GoError):
            state.raw_summary(actual)
    if mode.upgrades or mode.retracted:
        _add_retraction(state, found.replace or found)
    return found


def _add_update(state: State, one: Listed) -> None:
    if not one.version:
        return
    try:
        newest = query(state, one.path, "upgrade", one.version, state.check_allowed).version
    except GoError as error:
        plain = find(error, NoMatchingVersionError) or find(error, DisallowedError)
        if plain is None and not error.missing:
            one.error = one.error or str(error)
        return
    if semver.compare(one.path, newest, one.version) > 0:
        one.update = newest


def _add_versions(state: State, one: Listed, mode: Mode) -> None:
    allowed = state.check_excluded if mode.retracted else state.check_allowed
    try:
        one.versions = versions(state, one.path, allowed)
    except GoError as error:
        one.error = one.error or str(error)


def _add_retraction(state: State, one: Listed) -> None:
    if not one.version:
        return
    try:
        state.check_retracted(Mod(one.path, one.version))
    except GoError as error:
        plain = find(error, NoMatchingVersionError) or find(error, RetractedError)
        if plain is None and not error.missing:
            one.error = one.error or str(error)


def _add_deprecation(state: State, one: Listed) -> None:
    try:
        state.deprecation(Mod(one.path, one.version))
    except GoError as error:
        if find(error, NoMatchingVersionError) is None and not error.missing:
            one.error = one.error or str(error)
