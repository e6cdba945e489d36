"""The packages that launch configurations let Delve build, and the project's main packages."""

from __future__ import annotations

import os
from typing import ClassVar, Final

from gomend.debug import gosource
from gomend.debug.facts.files import DebugFiles
from gomend.debug.facts.goland import GolandConfig, GolandConfigs
from gomend.debug.facts.launch import LaunchConfig, LaunchConfigs
from gomend.debug.gosource import Package
from gomend.model.facts import Absent, Fact, collector
from gomend.ports.doors import Doors

MOST: Final = 40
"""Folders that are looked at for main packages."""


class LaunchPackages(Fact, frozen=True):
    """The package of each configuration in mode debug or test, by folder, and folders of main packages (modules and cmd/*)."""

    packages: tuple[Package, ...]
    mains: tuple[str, ...] = ()
    reads: ClassVar = frozenset({"file:*.go", "file:*.vscode/launch.json"})

    def of(self, config: LaunchConfig) -> Package | None:
        """The package that a configuration builds."""
        return next((p for p in self.packages if config.is_debug and p.folder == folder_of(config)), None)


def folder_of(config: LaunchConfig) -> str:
    """The folder of the package that a configuration builds."""
    return os.path.dirname(config.program) if config.program.endswith(".go") else config.program


@collector
async def collect(doors: Doors, configs: LaunchConfigs, files: DebugFiles) -> LaunchPackages | Absent:
    """Scan the folders."""
    wanted = sorted({folder_of(c) for c in configs.configs if c.is_debug and c.resolved})
    if not wanted:
        return Absent(reason="no launch configuration lets Delve build a known package")
    candidates: list[str] = []
    for module in files.modules:
        candidates.append(module.folder)
        candidates += [f"{module.folder}/cmd/{name}" for name in doors.files.names(f"{module.folder}/cmd")]
    mains = [f for f in dict.fromkeys(candidates[:MOST]) if gosource.scan(doors, f).name == "main"]
    return LaunchPackages(packages=tuple(gosource.scan(doors, folder) for folder in wanted), mains=tuple(mains))


class GolandPackages(Fact, frozen=True):
    """The package of each Go Application configuration of GoLand, by folder, and folders of main packages."""

    packages: tuple[Package, ...]
    folders: dict[str, str] = {}
    """Folder by file and name of the configuration."""
    mains: tuple[str, ...] = ()
    reads: ClassVar = frozenset({"file:*.go", "file:.run/*", "file:.idea/*"})

    def of(self, one: GolandConfig) -> Package | None:
        """The package that a configuration runs; None if it is none of this project."""
        folder = self.folders.get(_key(one))
        return next((p for p in self.packages if p.folder == folder), None)


def _key(one: GolandConfig) -> str:
    return f"{one.file.name}\n{one.config.name}"


@collector
async def of_goland(doors: Doors, configs: GolandConfigs, files: DebugFiles) -> GolandPackages:
    """Scan the folders."""
    folders = {}
    for one in configs.configs:
        config = one.config
        if config.kind == "PACKAGE":
            module = next(
                (m for m in files.modules if config.package == m.path or config.package.startswith(f"{m.path}/")), None
            )
            folder = os.path.normpath(f"{module.folder}/{config.package[len(module.path) :]}") if module else ""
        else:
            folder = os.path.dirname(config.file) if config.kind == "FILE" else config.directory
        if folder:
            folders[_key(one)] = os.path.normpath(folder)
    mains = [m.folder for m in files.modules if gosource.scan(doors, m.folder).name == "main"]
    packages = tuple(gosource.scan(doors, folder) for folder in sorted(set(folders.values())))
    return GolandPackages(packages=packages, folders=folders, mains=tuple(mains))
