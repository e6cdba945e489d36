"""The plan for an order: from go's list of packages and the compilers of this machine."""

from __future__ import annotations

import functools
import os
from typing import Final

import msgspec

from gomend.apps.cgo import sysroots
from gomend.apps.cgo.ordering import REFUSED, Order, Planned, home
from gomend.apps.cli import base
from gomend.cgo.build import plan as planning
from gomend.cgo.build import tags, toolchains
from gomend.cgo.build.things import Toolchain
from gomend.cgo.build.wish import Refused, Wish
from gomend.cgo.needs import gathering, listing
from gomend.cgo.needs.things import TargetNeeds
from gomend.cgo.sysroot import tree
from gomend.cgo.sysroot.problem import SysrootProblem
from gomend.model.redact import redact
from gomend.model.text import text
from gomend.ports.doors import Doors

_NO_LIST: Final = text("cgobuild.no-list", "go cannot list {package}: {reason}")


async def planned(doors: Doors, asked: Order) -> Planned:
    """Make the plan.

    Raises:
        Problem: there is no toolchain for it, or go cannot list the package.
    """
    wanted = asked.wish
    ask = functools.partial(
        listing.ask, doors, asked.directory, (wanted.goos, wanted.goarch), cgo=True, patterns=(wanted.package,), download=True
    )
    found = await ask(tags=wanted.tags)
    more = dict.fromkeys(tags.for_musl(doors, found), "tag-musl") if wanted.libc == "musl" else {}
    more |= dict.fromkeys(tags.for_library(doors, found, _pkg_config(wanted)), "tag-library") if wanted.sysroot else {}
    if more:
        wanted = msgspec.structs.replace(wanted, tags=(*wanted.tags, *more), own_tags=more)
        found = await ask(tags=wanted.tags)
    target = gathering.of_list(doors, found)
    if target.problem:
        raise base.Problem(_NO_LIST, package=asked.directory, reason=redact(target.problem))
    needs = planning.needs_of(target)
    chain: Toolchain | None = None
    try:
        if target.packages or target.standard:
            chain = await toolchains.find(doors, wanted, needs)
        plan = planning.make(wanted, chain or Toolchain(kind="go", version="", cc=""), target, home(doors))
    except Refused as refusal:
        raise base.Problem(REFUSED[refusal.what], **refusal.details) from None
    except SysrootProblem as error:
        raise sysroots.problem(error) from None
    return Planned(
        order=msgspec.structs.replace(asked, wish=wanted),
        chain=chain,
        plan=plan,
        program=any(listing.own(p) and p.name == "main" for p in found.packages.values()),
        cxx=needs.cxx,
        folders=tuple(sorted({p.dir for p in found.packages.values() if p.dir and not _fixed(p)})),
        files=_files(doors, wanted, chain, target),
    )


def _pkg_config(wanted: Wish) -> tuple[str, ...]:
    """Folders of .pc files in the sysroot.

    Raises:
        Problem: the folder is none that gomend made.
    """
    if wanted.goos != "linux":
        return ()
    try:
        return tuple(tree.flags(wanted.sysroot, tree.read(wanted.sysroot), whole=False)["PKG_CONFIG_LIBDIR"].split(":"))
    except SysrootProblem as error:
        raise sysroots.problem(error) from None


def _fixed(package: listing.Package) -> bool:
    """In Go itself, or in the module cache, where a folder's name has the version."""
    module = package.module
    return package.standard or (module is not None and not module.main and "@v" in os.path.basename(module.dir))


def _files(doors: Doors, wanted: Wish, chain: Toolchain | None, target: TargetNeeds) -> tuple[str, ...]:
    found = [os.path.realpath(path) for path in (doors.runner.which("go"), chain and chain.cc) if path]
    found += [os.path.join(wanted.sysroot, tree.LOCK)] if wanted.sysroot else []
    for archive in (a.path for package in target.packages for a in package.prebuilt):
        found += [archive, os.path.dirname(archive)]
    return tuple(dict.fromkeys(found))
