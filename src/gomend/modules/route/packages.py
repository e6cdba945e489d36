"""Packages as they are loaded, and the patterns that name them. Source: cmd/go/internal/modload/load.go (loadPkg, PackageOpts)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from gomend.golang import semver
from gomend.modules.route.errors import GoError, Mod
from gomend.modules.route.folders import Import, fetch_module, packages_below
from gomend.modules.route.graph import Requirements
from gomend.modules.route.machine import join
from gomend.modules.route.state import State, find_root

NO_MODULE: Final = Mod("", "")
"""The module of a package that was not found, or is a standard one."""


@dataclass(frozen=True)
class Options:
    """modload.PackageOpts."""

    resolve: bool = False
    tests: bool = False
    tidy: bool = False
    tidy_go: str = ""
    quiet: bool = False
    allow_errors: bool = False
    quiet_std: bool = False
    assume_imported: bool = False
    switcher: bool = False
    vendor_all: bool = False
    quiet_unmatched: bool = False
    allow: Callable[[str, Mod], None] | None = None


@dataclass(eq=False)
class Package:
    """modload.loadPkg."""

    path: str
    mod: Mod = NO_MODULE
    folder: str = ""
    error: GoError | None = None
    imports: list[Package] = field(default_factory=list)
    found: list[Import] = field(default_factory=list)
    parent: Package | None = None
    test_of: Package | None = None
    in_all: bool = False
    root: bool = False

    def stack(self) -> str:
        """loadPkg.stackText: who imports it, from the main module on."""
        chain: list[Package] = []
        at: Package | None = self
        while at is not None:
            chain.append(at)
            at = at.parent
        lines: list[str] = []
        for pkg in reversed(chain):
            if pkg.test_of is None:
                lines.append(pkg.path)
            elif lines:
                lines[-1] = f"{lines[-1]} tested by\n\t{pkg.path}.test"
        return " imports\n\t".join(lines)


def match(state: State, patterns: list[str], rs: Requirements) -> list[str]:
    """The packages that patterns name (LoadPackages, updateMatches)."""
    paths = list[str]()
    for pattern in patterns:
        if state.work and pattern in {"all", "work"}:
            for main, root in state.mains.items():
                paths += packages_below(state, root, main)
            paths += list(state.summary.tools) if state.summary and pattern == "all" else []
        elif state.work and pattern.startswith((".", "/")):
            paths += near(state, pattern)
        elif pattern in {"all", "./..."}:
            paths += packages_below(state, state.root, state.main) if state.root else []
            paths += list(state.summary.tools) if state.summary and pattern == "all" else []
        elif pattern.startswith((".", "/")):
            inside = pattern.removesuffix("/...").strip("./")
            whole = f"{state.main}/{inside}".rstrip("/")
            below = packages_below(state, state.root, state.main) if pattern.endswith("...") else [whole]
            paths += [p for p in below if p == whole or p.startswith(f"{whole}/")]
        elif "..." in pattern:
            paths += _wild(state, pattern, rs)
        else:
            paths.append(pattern)
    return paths


def strangers(state: State, patterns: list[str], rs: Requirements) -> dict[str, str]:
    """Folders that no module of the workspace has, by pattern, with what go says (matchLocalDirs, resolveLocalPackage).

    Before it says so, go looks whether they belong to a dependency, for which it reads the whole graph.
    """
    told: dict[str, str] = {}
    process = state.process
    for pattern in patterns:
        if not pattern.startswith((".", "/")):
            continue
        folder = join(process.cwd, pattern.removesuffix("/..."))
        home = find_root(process, folder)
        where = process.short(folder)
        name = "current directory" if where == "." else f"directory {where}"
        if pattern.endswith("..."):
            if home not in state.mains.values():
                rs.read()
                scope = "modules listed in go.work or their selected dependencies"
                told[pattern] = f"pattern {pattern}: directory prefix {where} does not contain {scope}"
        elif not process.machine.is_dir(folder):
            told[pattern] = f"stat {folder}: directory not found"
        elif not any(n.endswith(".go") for n in process.machine.children(folder)):
            told[pattern] = f"no Go files in {folder}"
        elif home not in state.mains.values():
            rs.read()
            told[pattern] = f"{name} outside modules listed in go.work or their selected dependencies"
            if home:
                told[pattern] = (
                    f"{name} is contained in a module that is not one of the workspace modules listed in go.work. "
                    f"You can add the module to the workspace using:\n\tgo work use {process.short(home)}"
                )
    return told


def near(state: State, pattern: str) -> list[str]:
    """The packages of a workspace's modules in a folder, or below it (resolveLocalPackage)."""
    folder = join(state.process.cwd, pattern.removesuffix("/..."))
    home = find_root(state.process, folder)
    main = next((path for path, root in state.mains.items() if root == home), "")
    if not main:
        return []
    inside = folder.removeprefix(home).strip("/")
    whole = f"{main}/{inside}" if inside else main
    if not pattern.endswith("..."):
        return [whole]
    return [p for p in packages_below(state, home, main) if p == whole or p.startswith(f"{whole}/")]


def _may_match(pattern: str, path: str) -> bool:
    """pkgpattern.TreeCanMatchPattern: whether packages below a path could fit a pattern."""
    return f"{pattern}/".startswith(f"{path}/") or path.startswith(pattern.partition("...")[0])


def _wild(state: State, pattern: str, rs: Requirements) -> list[str]:
    wanted = re.compile(re.escape(pattern).replace(r"/\.\.\.", r"(?:/.*)?").replace(r"\.\.\.", ".*"))
    found: list[str] = []
    for mod in rs.read().build_list():
        if mod.path in semver.TOOLCHAINS or (state.is_main(mod.path) and not state.root) or not _may_match(pattern, mod.path):
            continue
        try:
            root, _ = fetch_module(state, mod)
        except GoError:
            continue
        found += [p for p in packages_below(state, root, mod.path) if wanted.fullmatch(p)]
    return found
