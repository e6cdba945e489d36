"""What ``gomend cgo build`` is asked for, and what is remembered of the last build for the same order."""

from __future__ import annotations

import hashlib
import os
from typing import Final

import msgspec

from gomend import __version__
from gomend.apps.cgo import stamps, targets
from gomend.apps.cli import base
from gomend.cgo.build import wish
from gomend.cgo.build.things import Plan, Toolchain
from gomend.cgo.build.wish import Refused, Wish
from gomend.model.base import Thing
from gomend.model.text import text
from gomend.ports.doors import Doors
from gomend.ports.files import write_whole
from gomend.ports.state import state_folder

REFUSED: Final = {
    "bad-libc": text(
        "cgobuild.bad-libc",
        "{value} is no C library; write musl, glibc, or glibc:2.28 for the oldest one that the program must start with.",
    ),
    "no-emit": text("cgobuild.no-emit", "Files are made for Linux targets that zig has; {target} is none."),
    "no-toolchain": text("cgobuild.no-toolchain", "No toolchain here makes this for {target}. {lacks}"),
}
"""Texts for :class:`Refused`, by what it says."""
_NO_DIR: Final = text("cgobuild.no-dir", "{path} is not a folder.")


class Order(Thing, frozen=True):
    """What the command line said."""

    wish: Wish
    directory: str
    output: str
    dry: bool = False
    start: bool = True
    words: tuple[str, ...] = ()
    start_on: str = ""
    """A Debian release under whose C library it is started; empty: one that is here already, for the floor that was asked for."""


class Planned(Thing, frozen=True):
    """A plan, and what it was made from."""

    order: Order
    """As asked, with the tags that the packages have for its C library."""
    chain: Toolchain | None
    """None if nothing is written in C."""
    plan: Plan
    program: bool = True
    """Whether the package is one; else its test binary is built."""
    cxx: bool = False
    folders: tuple[str, ...] = ()
    """Where the packages lie that can change: those of the module cache and of Go itself do not."""
    files: tuple[str, ...] = ()
    """Programs and archives that the plan was made from."""


class _Memory(Thing, frozen=True):
    """What is kept of a build for the next one."""

    planned: Planned
    stamp: stamps.Stamp | None


def order(target: str, libc: str, link: str, directory: str, output: str, **more: object) -> Order:
    """Check what the command line said.

    Raises:
        Problem: the folder, the target or the C library is none.
    """
    if not os.path.isdir(directory):
        raise base.Problem(_NO_DIR, path=directory)
    targets.check(target)
    goos, _, goarch = target.partition("/")
    try:
        name, floor = wish.libc(libc, goos)
    except Refused as refusal:
        raise base.Problem(REFUSED[refusal.what], **refusal.details) from None
    fields = {k: more.pop(k) for k in ("tags", "ldflags", "toolchain", "sysroot") if k in more}
    wanted = Wish(goos=goos, goarch=goarch, libc=name, floor=floor, link=link, **fields)  # type: ignore[arg-type]
    return Order(wish=wanted, directory=os.path.abspath(directory), output=os.path.abspath(output), **more)  # type: ignore[arg-type]


def home(doors: Doors) -> str:
    """The folder for wrappers and remembered plans."""
    return os.path.join(state_folder(doors.environ.variables, doors.environ.home), "cc")


def _memory(doors: Doors, asked: Order) -> str:
    key = msgspec.json.encode((__version__, asked.wish, asked.directory))
    return os.path.join(home(doors), "plans", hashlib.sha256(key).hexdigest()[:24] + ".json")


def remembered(doors: Doors, asked: Order) -> tuple[Planned, bool] | None:
    """The plan of the last build for the same order, and whether nothing that it was made from has changed since.

    A plan of which that is not known may be out of date: nothing is done with it that a fresh one does not confirm.
    """
    try:
        with open(_memory(doors, asked), "rb") as file:
            last = msgspec.json.decode(file.read(), type=_Memory)
    except (OSError, msgspec.MsgspecError):
        return None
    planned_ = msgspec.structs.replace(
        last.planned, order=msgspec.structs.replace(asked, wish=last.planned.order.wish)
    )  # the rest of the order is this one's
    return planned_, last.stamp is not None and stamps.holds(last.stamp, doors.environ.variables)


def remember(doors: Doors, made: Planned, asked: Order, *, before: int) -> None:
    """Keep a plan for the next build; ``before`` is when its making began, in nanoseconds."""
    path = _memory(doors, asked)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    stamp = stamps.take(doors.environ.variables, asked.directory, made.folders, made.files, before=before)
    write_whole(path, msgspec.json.encode(_Memory(planned=made, stamp=stamp)))


def write_programs(plan: Plan) -> None:
    """Put the files of a plan in their places, where they are not yet as the plan has them."""
    for path, content in plan.files.items():
        if not _stands(path, content.encode()):
            write_whole(path, content.encode(), 0o755)


def _stands(path: str, content: bytes) -> bool:
    """An older gomend may have written other stubs to the same place."""
    try:
        with open(path, "rb") as file:
            return file.read() == content and os.access(path, os.X_OK)
    except OSError:
        return False
