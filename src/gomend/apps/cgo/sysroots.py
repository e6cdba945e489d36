"""``gomend cgo sysroot make|list|verify``."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import tempfile
from typing import Final

from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.cgo import triples
from gomend.cgo.sysroot import tree
from gomend.cgo.sysroot.packages import DEBIAN, Apt, SysrootProblem
from gomend.cgo.sysroot.tree import Sysroot
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import text
from gomend.ports.doors import Doors, real_doors
from gomend.ports.state import state_folder

_PROBLEMS: Final = {
    "no-sources": text("sysroot.no-sources", "This system has no apt sources of Debian; a sysroot is made from them."),
    "no-apt": text("sysroot.no-apt", "apt-get and dpkg-deb are needed to make a sysroot; name an unpacked one with --sysroot DIR instead."),
    "apt": text("sysroot.apt", "apt-get did not get through: {reason}"),
    "no-package": text("sysroot.no-package", "{names}: not to be had for {release} on {arch}: {reason}"),
    "wrong-sum": text("sysroot.wrong-sum", "{package} is not the package of the signed index (SHA-256 {actual}, expected {expected}); nothing was kept."),
    "unpack": text("sysroot.unpack", "{package} could not be unpacked: {reason}"),
    "none-here": text("sysroot.none-here", "{path} is no sysroot that gomend made: {reason}"),
    "no-target": text("sysroot.no-target", "Debian has no packages for {target}; there are: {names}."),
}  # fmt: skip


class SysrootShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """One sysroot."""

    schema_: str
    path: str
    target: str
    release: str
    asked: tuple[str, ...]
    packages: tuple[str, ...]
    size: int
    changed: tuple[str, ...] = ()


def problem(error: SysrootProblem) -> base.Problem:
    """What is told of it."""
    return base.Problem(_PROBLEMS[error.what], **{k: redact(v) for k, v in error.details.items()})


def home(doors: Doors) -> str:
    """Where sysroots are kept."""
    return os.path.join(state_folder(doors.environ.variables, doors.environ.home), "sysroots")


def make(target: str, release: str, names: tuple[str, ...], output: str | None) -> SysrootShape:
    """Make one, or find the same one made before.

    Raises:
        Problem: it cannot be made.
    """
    doors = real_doors()
    goos, _, goarch = target.partition("/")
    triple = triples.gnu_triple(goos, goarch)
    if goos != "linux" or goarch not in DEBIAN or triple is None:
        raise problem(SysrootProblem("no-target", target=target, names=", ".join(f"linux/{a}" for a in DEBIAN)))
    if doors.runner.which("apt-get") is None or doors.runner.which("dpkg-deb") is None:
        raise problem(SysrootProblem("no-apt"))
    triple = "i386-linux-gnu" if goarch == "386" else triple
    asked = tuple(dict.fromkeys(sorted((*names, "libc6-dev"))))
    key = hashlib.sha256("\n".join((goarch, release, *asked)).encode()).hexdigest()[:12]
    folder = os.path.abspath(output) if output else os.path.join(home(doors), f"{goarch}-{release}-{key}")
    if os.path.exists(f"{folder}/{tree.LOCK}"):
        return _shape(folder, tree.read(folder))
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    scratch = tempfile.mkdtemp(prefix=".sysroot-", dir=os.path.dirname(folder))
    try:
        made = run_async(functools.partial(_make, doors, scratch, release, goarch, asked, triple))
        shutil.rmtree(f"{scratch}/apt", ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(scratch, folder)
    except SysrootProblem as error:
        raise problem(error) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return _shape(folder, made)


async def _make(doors: Doors, folder: str, release: str, goarch: str, asked: tuple[str, ...], triple: str) -> Sysroot:
    apt = Apt(doors, f"{folder}/apt", release, goarch)
    apt.prepare()
    await apt.update()
    packages = await apt.closure(asked)
    await apt.fetch(packages)
    made = Sysroot(goarch=goarch, release=release, asked=asked, packages=packages, triple=triple, files={})
    return await tree.unpack(doors, folder, f"{folder}/apt/archives", made)


def every() -> tuple[SysrootShape, ...]:
    """All that were made on this machine."""
    start = home(real_doors())
    names = sorted(os.listdir(start)) if os.path.isdir(start) else []
    return tuple(_shape(f"{start}/{n}", tree.read(f"{start}/{n}")) for n in names if os.path.exists(f"{start}/{n}/{tree.LOCK}"))


def verify(folder: str) -> SysrootShape:
    """Compare a sysroot with what was unpacked.

    Raises:
        Problem: there is none.
    """
    try:
        return _shape(folder, tree.read(folder), tree.changes(folder))
    except SysrootProblem as error:
        raise problem(error) from None


def _shape(folder: str, made: Sysroot, changed: tuple[str, ...] = ()) -> SysrootShape:
    return SysrootShape(
        schema_="gomend.sysroot/1",
        path=folder,
        target=f"linux/{made.goarch}",
        release=made.release,
        asked=made.asked,
        packages=tuple(f"{p.name}={p.version}" for p in made.packages),
        size=sum(p.size for p in made.packages),
        changed=changed,
    )
