"""Binaries for the examples of rules: what their headers would say."""

from __future__ import annotations

from gomend.binary.distros import find
from gomend.binary.gobuildinfo import GoBuild
from gomend.binary.info import BinaryInfo
from gomend.cgo.facts.binaries import DeployTarget, PlacedBinaries, PlacedBinary
from gomend.model.facts import Fact

GLIBC_LOADER = "/lib64/ld-linux-x86-64.so.2"
"""The interpreter of glibc programs on amd64."""


def go_binary(
    name: str = "bin/shop",
    *,
    arch: str = "amd64",
    interpreter: str | None = None,
    glibc: str | None = None,
    pie: bool = False,
    here: bool = True,
    **settings: str,
) -> PlacedBinary:
    """One Go program in the project."""
    needed = ("libc.so.6",) if interpreter else ()
    given = {("CGO_ENABLED" if k == "cgo" else f"-{k}"): v for k, v in settings.items()}
    info = BinaryInfo(
        format="elf",
        arch=arch,
        interpreter=interpreter,
        needed=needed,
        glibc_min=glibc,
        glibc_symbols=("pthread_create",) if glibc else (),
        static=interpreter is None,
        pie=pie,
        go=GoBuild(version="go1.26.8", path="example.com/shop", settings=given),
    )
    return PlacedBinary(path=f"/project/{name}", name=name, info=info, loader_here=here)


def placed(*binaries: PlacedBinary, deploy: str | None = None) -> tuple[Fact, ...]:
    """The facts of a project with these binaries."""
    distro = find(deploy) if deploy else None
    deployed = (DeployTarget(distro=distro),) if distro else ()
    return (PlacedBinaries(items=binaries), *deployed)
