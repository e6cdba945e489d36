"""The C library of an old distribution in a folder, to start programs under its real loader."""

from __future__ import annotations

import os

from gomend.binary.elf import version_key
from gomend.binary.info import BinaryInfo
from gomend.cgo.sysroot.tree import Sysroot
from gomend.model.base import Thing

PACKAGES = ("libc6", "libstdc++6")
"""What a root is made of: with libgcc, about 4 MB to fetch for a CPU. The loader comes with libc6."""


class Root(Thing, frozen=True):
    """One. ``folder`` has the system's files; ``glibc`` is read from the package's version."""

    distro: str
    glibc: str
    folder: str
    triple: str

    @property
    def libraries(self) -> str:
        """Folders of libraries, for the loader."""
        return ":".join(f"{self.folder}/{at}/{self.triple}" for at in ("lib", "usr/lib"))

    def lacks(self, info: BinaryInfo) -> str:
        """The interpreter or library of a program that the root does not have, empty if it has all."""
        if info.interpreter and not os.path.exists(self.folder + info.interpreter):
            return info.interpreter
        places = self.libraries.split(":")
        return next((n for n in info.needed if not any(os.path.exists(f"{p}/{n}") for p in places)), "")


def root_of(distro: str, folder: str, made: Sysroot) -> Root | None:
    """A sysroot with the C library, as a root; None if it has no libc6."""
    libc = next((p.version for p in made.packages if p.name == "libc6"), None)
    if libc is None:
        return None
    return Root(distro=distro, glibc=libc.partition("-")[0], folder=f"{folder}/base", triple=made.triple)


def fitting(roots: tuple[Root, ...], floor: str) -> Root | None:
    """The newest root that is not newer than the floor, else the oldest one there is."""
    ordered = sorted(roots, key=lambda r: version_key(r.glibc))
    below = [r for r in ordered if version_key(r.glibc) <= version_key(floor)]
    return below[-1] if below else ordered[0] if ordered else None
