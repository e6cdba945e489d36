"""``go`` and ``toolchain`` as modules. Source: cmd/go/internal/modfetch/toolchain.go, gover.FromToolchain."""

from __future__ import annotations

import re
from typing import Final

from gomend.golang import semver
from gomend.golang import version as gover
from gomend.modules.route.errors import GoError
from gomend.modules.route.proxies import Info, Repo
from gomend.modules.route.served import Body

PLATFORM: Final = "linux-amd64"
"""What toolchains are fetched for."""
LANGUAGE: Final = re.compile(r"\d+\.\d+")
"""A language version, which is no toolchain's."""


def version_of(toolchain: str) -> str:
    """gover.FromToolchain: ``go1.22.3-custom`` is 1.22.3; empty if it is no toolchain."""
    name = toolchain.partition("-")[0]
    if not name.startswith("go"):
        return ""
    version = name.removeprefix("go")
    return version if gover.key(version) is not None else ""


class ToolchainRepo:
    """modfetch.toolchainRepo: ``go`` and ``toolchain`` as modules."""

    def __init__(self, path: str, repo: Repo, go: str) -> None:
        """``repo`` is that of the toolchain module, ``go`` the version that runs."""
        self.path, self.repo, self.go = path, repo, go
        self.prefix = "go" if path == "toolchain" else ""

    def versions(self, prefix: str) -> list[str]:
        """All versions of Go that the list names, and this one."""
        found = {self.go}
        for listed in self.repo.versions(""):
            name, dot, platform = listed.partition("-")[2].rpartition(".")
            if dot and "-" in platform:
                found.add(name.removeprefix("go"))
        return [self.prefix + v for v in sorted(found, key=lambda v: semver.key("go", v))]

    def stat(self, rev: str) -> Info:
        """A version of Go."""
        version = rev.removeprefix("go")
        if gover.key(version) is None:
            raise GoError(f"invalid {self.path} version {rev}")
        if version == self.go or (self.path == "go" and not gover.older(self.go, version)):
            return Info(Version=self.prefix + version)
        if LANGUAGE.fullmatch(version):
            raise GoError(f"go language version {rev} is not a toolchain version")
        self.repo.stat(f"v0.0.1-go{version}.{PLATFORM}")
        return Info(Version=self.prefix + version)

    def latest(self) -> Info:
        """The newest."""
        return self.stat(self.versions("")[-1])

    def go_mod(self, version: str) -> str:
        """It has none."""
        return f"module {self.path}\n"

    def zip(self, version: str) -> Body:
        """It has none."""
        raise GoError("invalid use of toolchainRepo: Zip")
