"""Builds in CI files and Dockerfiles of the project."""

from __future__ import annotations

import os
import re
from typing import ClassVar, Final

from gomend.binary import distros
from gomend.binary.distros import Distro
from gomend.cgo import cifiles, gosource
from gomend.cgo.cifiles import CiBuild
from gomend.golang.facts.project import TextFile
from gomend.model.base import Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, collector
from gomend.model.finding import Subject
from gomend.model.step import digest_bytes
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import FileProblem, read_text

_NAMES: Final = re.compile(
    r"(?:.*[Dd]ockerfile.*|Containerfile.*|\.gitlab-ci\.yml|\.?goreleaser\.ya?ml|[Mm]akefile|GNUmakefile|[\w-]+\.(?:mk|sh))"
)
_NETWORK: Final = re.compile(r'(?m)^[ \t]*(?:import[ \t]+)?(?:[\w.]+[ \t]+)?"(?:net(?:/\w+)*|os/user|plugin)"')
_GOLANG: Final = re.compile(r"(?:^|/)golang:(?:(\d+)\.(\d+))?[\w.]*(?:-(\w+?)([\d.]*))?$")
MOST: Final = 60
"""Files that are read."""
COMPILERS: Final = frozenset({"gcc", "g++", "build-base", "alpine-sdk", "clang", "musl-dev", "zig", "ziglang", "tcc", "gcc-go"})
"""Packages that bring a C compiler."""
CXX: Final = frozenset({"g++", "build-base", "alpine-sdk", "libstdc++-dev", "zig", "ziglang"})
"""Packages that bring a C++ library."""


class PlacedBuild(Thing, frozen=True):
    """A build and the file that it stands in."""

    file: TextFile
    build: CiBuild

    def subject(self) -> Subject:
        """The line as the subject of a finding."""
        return Subject(kind="build", name=f"{self.file.name} ({self.build.place})", path=self.file.name, line=self.build.line)

    def evidence(self) -> Evidence:
        """The command, with the place that it runs in."""
        where = f"{self.file.name}:{self.build.line}"
        return Evidence(source=self.file.name, quote=self.build.quote, where=where)

    def at(self, line: int) -> Evidence:
        """A line of the file."""
        return self.file.evidence(line)

    @property
    def system(self) -> Distro | None:
        """The system of its image, None if it is not known."""
        return system_of(self.build.image)

    def system_of(self, image: str) -> Distro | None:
        """The system of another image of the same file."""
        return system_of(image)

    @property
    def cgo(self) -> str:
        """What the file says of CGO_ENABLED, empty if nothing."""
        return self.build.variables.get("CGO_ENABLED", "")

    @property
    def static(self) -> bool:
        """Links statically by its flags."""
        return "-static" in self.build.ldflags and "extldflags" in self.build.ldflags


class CiBuilds(Fact, frozen=True):
    """All of them, and whether the project's own Go files import what the standard library does with cgo."""

    items: tuple[PlacedBuild, ...]
    network: bool = False
    reads: ClassVar = frozenset({"file:*ockerfile*", "file:*.yml", "file:*.yaml", "file:*akefile", "file:*.sh", "file:*.go"})


@collector
async def collect(doors: Doors, scope: Scope) -> CiBuilds | Absent:
    """Read the files whose names say that they build something."""
    paths = [p for p in doors.files.walk(scope.root, depth=4, limit=20_000) if _likely(p)]
    folder = os.path.join(scope.root, ".github", "workflows")
    paths += [os.path.join(folder, n) for n in doors.files.names(folder) if n.endswith((".yml", ".yaml"))]
    found: list[PlacedBuild] = []
    for path in list(dict.fromkeys(paths))[:MOST]:
        try:
            text = read_text(doors.files, path)
        except FileProblem:
            continue
        name = os.path.relpath(path, scope.root).replace(os.sep, "/")
        file = TextFile(path=path, name=name, text=text or "", digest=digest_bytes((text or "").encode()))
        found += [PlacedBuild(file=file, build=build) for build in cifiles.read(name, text or "")]
    if not found:
        return Absent(reason="no CI file or Dockerfile of the project builds Go code")
    return CiBuilds(items=tuple(found), network=_network(doors, scope.root))


def _likely(path: str) -> bool:
    hidden = ("/vendor/", "/node_modules/", "/.git/", "/testdata/")
    return bool(_NAMES.fullmatch(os.path.basename(path))) and not any(part in path for part in hidden)


def _network(doors: Doors, root: str) -> bool:
    held = gosource.tags("linux", "amd64")
    for path in doors.files.walk(root, depth=6, limit=5000):
        if path.endswith(".go") and not path.endswith("_test.go"):
            text = (doors.files.read(path) or b"").decode(errors="replace")
            if _NETWORK.search(text) and gosource.takes_part(os.path.basename(path), text, held):
                return True
    return False


def system_of(image: str) -> Distro | None:
    """The system inside an image: of ``golang:1.24-alpine`` Alpine, of ``golang:1.24`` the Debian that it is made from."""
    name = image.partition("@")[0]
    match = _GOLANG.search(name if ":" in name else f"{name}:")
    if match:
        if match[3] == "alpine":
            return distros.find(f"alpine:{match[4] or '3.22'}")
        if match[3] in {"bullseye", "bookworm", "trixie", "buster"}:
            return distros.find(f"debian:{match[3]}")
        minor = int(match[2]) if match[1] == "1" else 99
        return distros.find("debian:11" if minor < 20 else "debian:12" if minor < 25 else "debian:13")
    if "distroless/static" in name:
        return distros.find("scratch")
    if "distroless/" in name:
        release = re.search(r"debian(\d+)", name)
        return distros.find(f"debian:{release[1] if release else '12'}")
    return distros.find(name)
