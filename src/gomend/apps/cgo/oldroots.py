"""Roots of old Debian releases: fetched when they are asked for by name, and used without asking once they are there."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Final

from gomend.apps.cgo import ordering, sysroots
from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.binary import distros, elf
from gomend.cgo.build import prove as proving
from gomend.cgo.build.wish import Wish
from gomend.cgo.sysroot import oldroot, tree
from gomend.cgo.sysroot.oldroot import Root
from gomend.cgo.sysroot.problem import SysrootProblem
from gomend.model.text import Said, say, text
from gomend.ports.doors import Doors

_FETCHING: Final = text(
    "oldroots.fetching", "{distro} for linux/{goarch}: fetching its package index and C library (about 13 MB, once)"
)
_NO_DEBIAN: Final = text(
    "oldroots.no-debian", "{distro}: programs can be started under the C library of a Debian release only: {names}"
)
_NO_GLIBC: Final = text("oldroots.no-glibc", "{distro}: libc6 was not among its packages")


def code_names() -> dict[str, str]:
    """``bullseye`` by ``debian:11``."""
    family = next(f for f in distros.families() if f.family == "debian")
    return {f"debian:{version}": name for name, version in family.code_names.items() if not name.startswith(("old", "stable"))}


def root(doors: Doors, distro: str, goarch: str, told: Callable[[Said], None]) -> Root:
    """The root of a release, fetched if it is not here; ``told`` hears of that.

    Raises:
        Problem: it is no Debian release, or its packages cannot be had for the CPU.
    """
    names = code_names()
    if distro not in names:
        raise base.Problem(_NO_DEBIAN, distro=distro, names=", ".join(names))
    folder = _folder(doors, goarch, distro)
    if not os.path.exists(f"{folder}/{tree.LOCK}"):
        told(say(_FETCHING, distro=distro, goarch=goarch))
        order = sysroots.Order(
            targets=(f"linux/{goarch}",), names=oldroot.PACKAGES, release=names[distro], output=folder, headers=False
        )
        sysroots.make(order, told)
    found = oldroot.root_of(distro, folder, tree.read(folder))
    if found is None:
        raise base.Problem(_NO_GLIBC, distro=distro)
    return found


def here(doors: Doors, goarch: str, floor: str) -> Root | None:
    """The root for a glibc floor among those that were fetched before; nothing is fetched."""
    found = []
    for distro in code_names():
        folder = _folder(doors, goarch, distro)
        try:
            made = oldroot.root_of(distro, folder, tree.read(folder))
        except SysrootProblem:
            continue
        if made is not None:
            found.append(made)
    return oldroot.fitting(tuple(found), floor)


def _folder(doors: Doors, goarch: str, distro: str) -> str:
    return os.path.join(sysroots.state(doors), "roots", f"{goarch}-{distro.replace(':', '-')}")


def start(doors: Doors, root_: Root, product: str, goarch: str, words: tuple[str, ...]) -> proving.Ran | str:
    """Start a program under a root's loader; words on why it could not be."""
    info = elf.inspect(product)
    wish = Wish(goos="linux", goarch=goarch, libc="glibc", link="dynamic")
    ran: proving.Ran | str = run_async(
        functools.partial(proving.under, doors, wish, root_, info, product, words, ordering.home(doors))
    )
    return ran
