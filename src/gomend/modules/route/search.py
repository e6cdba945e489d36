"""The search for the module of a package: every prefix of its path is asked.

Source: cmd/go/internal/modload/query.go (QueryPattern, QueryPackages, queryPrefixModules).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from gomend.golang import semver
from gomend.modules.route.errors import (
    GoError,
    Halt,
    InvalidPathError,
    InvalidVersionError,
    Mod,
    NoMatchingVersionError,
    NoPatchBaseError,
    PackageNotInModuleError,
    find,
)
from gomend.modules.route.folders import fetch_module, has_package, matches_in
from gomend.modules.route.machine import Machine
from gomend.modules.route.proxies import try_proxies
from gomend.modules.route.query import query_at
from gomend.modules.route.state import Allowed, State


@dataclass(frozen=True)
class Found:
    """modload.QueryResult: a module that has (or, without packages, might have) what was looked for."""

    mod: Mod
    has_package: bool


def query_pattern(
    state: State, pattern: str, wanted: str, current: Callable[[str], str], allowed: Allowed | None
) -> list[Found]:
    """modload.QueryPattern for one package or module path: every prefix is asked, in parallel.

    Raises:
        GoError: the most telling of what the prefixes answered.
    """
    for main, root in state.mains.items() if state.root else ():
        if has_package(state, pattern, main, root, local=True):
            if wanted not in {"upgrade", "patch"}:
                raise GoError(f"package {pattern} is in the main module, so can't request version {wanted}")
            return [Found(Mod(main, ""), has_package=True)]
    base = pattern.partition("...")[0].rstrip("/") if "..." in pattern else pattern
    paths = [p for p in _prefixes(base) if not state.is_main(p) and semver.splits(p)]
    if not paths:
        if wanted in {"upgrade", "patch"} and state.is_main(pattern):
            return [Found(Mod(pattern, ""), has_package=False)]
        raise PackageNotInModuleError(Mod("", ""), wanted, pattern)

    def ask(proxy: str) -> list[Found]:
        def one(path: str) -> Found:
            return _module(state, proxy, path, pattern, wanted, current(path), allowed)

        def under_way(rest: list[str]) -> None:
            """An error ends the process while the other prefixes are being asked."""
            said = len(state.process.stderr)
            for path in rest:
                with contextlib.suppress(GoError, Halt), state.process.machine.racing():
                    one(path)
            del state.process.stderr[said:]

        return _parallel(state.process.machine, paths, one, under_way)

    return try_proxies(state.process, ask)


def query_packages(
    state: State, pattern: str, wanted: str, current: Callable[[str], str], allowed: Allowed | None
) -> list[Found]:
    """modload.QueryPackages: like :func:`query_pattern`, but a module without the package is an error."""
    found = query_pattern(state, pattern, wanted, current, allowed)
    having = [f for f in found if f.has_package]
    if not having:
        raise PackageNotInModuleError(found[0].mod, wanted, pattern)
    return having


def _prefixes(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(len(parts), 0, -1)]


def _module(state: State, proxy: str, path: str, pattern: str, wanted: str, current: str, allowed: Allowed | None) -> Found:
    info = query_at(state, proxy, path, wanted, current, allowed)
    mod = Mod(path, info.version)
    if path in semver.TOOLCHAINS:
        return Found(mod, has_package=False)
    folder, local = fetch_module(state, mod)
    has = matches_in(state, pattern, path, folder, local=local)
    if not has and path != pattern:
        raise PackageNotInModuleError(mod, wanted, pattern)
    return Found(mod, has_package=has)


def _parallel(
    machine: Machine, paths: list[str], ask: Callable[[str], Found], under_way: Callable[[list[str]], None]
) -> list[Found]:
    """modload.queryPrefixModules: all are asked; of the errors the most telling kind counts, of the longest path."""
    found: list[Found] = []
    first: dict[str, GoError] = {}
    order = ("other", "package", "version", "patch", "path", "invalid", "missing")

    def outcome(number: int) -> Found | GoError:
        try:
            return ask(paths[number])
        except GoError as error:
            return error
        except Halt:
            under_way(paths[number + 1 :])
            raise

    for told in machine.together([partial(outcome, number) for number in range(len(paths))]):
        if not isinstance(told, GoError):
            found.append(told)
            continue
        kind = _rank(told)
        if kind == "other" and (found or "package" in first):
            continue
        first.setdefault(kind, told)
    if "other" in first:
        raise first["other"]
    if found:
        return found
    raise next(first[kind] for kind in order if kind in first)


_RANKS: Final[tuple[tuple[type[GoError], str], ...]] = (
    (PackageNotInModuleError, "package"),
    (NoMatchingVersionError, "version"),
    (NoPatchBaseError, "patch"),
    (InvalidPathError, "path"),
)


def _rank(error: GoError) -> str:
    for kind, name in _RANKS:
        if type(error) is kind:
            return name
    if error.missing:
        return "missing"
    return "invalid" if find(error, InvalidVersionError) is not None else "other"
