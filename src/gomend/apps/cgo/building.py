"""``gomend cgo build``: plan, build into a file beside the output, prove, and only then put it in place.

A second build for the same order starts go at once with the plan of the first. If something that the plan was made from has changed
(``apps/cgo/stamps.py``), it is made afresh beside it, and if the two differ, the first result is thrown away
(``bench/build.py`` has what a warm build costs beside go's own).
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import shutil
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import anyio
import msgspec

from gomend.apps.cgo import ordering
from gomend.apps.cgo.ordering import Order, Planned
from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.binary.info import BinaryError
from gomend.cgo.build.things import Plan
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Said, text
from gomend.ports.doors import Doors, real_doors
from gomend.ports.processes import Cmd, Done

if TYPE_CHECKING:  # what a second build does not need before go runs is imported where it is used
    from gomend.cgo.build.prove import Proof
    from gomend.cgo.sysroot.oldroot import Root

_NO_PROGRAM: Final = text("cgobuild.no-program", "{path} exists and is no program; name another file, or remove it.")
_LIMIT: Final = 3600.0
_LOADED_AFTER: Final = 0.02
"""Seconds after which go has been started, and Python has nothing better to do than to load its own parts."""
_MAGIC: Final = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"!<ar")
"""How programs, libraries and archives begin."""


class Made(Thing, frozen=True):
    """What came of an order."""

    order: Order
    chain: str
    plan: Plan
    seconds: float = 0.0
    built: bool = False
    program: bool = True
    error: str = ""
    size: int = 0
    proof: Proof | None = None

    @property
    def proved(self) -> bool:
        """Everything that was asked for holds."""
        return self.proof is not None and not self.proof.wrong


def build(asked: Order, told: Callable[[Said], None] = lambda _: None) -> Made:
    """Plan, and unless it is a dry run, build and prove; ``told`` hears what takes long.

    Raises:
        Problem: there is no toolchain for it, or go cannot list the package.
    """
    doors = real_doors()
    started = time.monotonic()
    if asked.dry:
        return _made(run_async(functools.partial(_planned, doors, asked)))
    if not _replaceable(asked.output):
        raise base.Problem(_NO_PROGRAM, path=asked.output)
    root = _named_root(doors, asked, told)
    folder, name = os.path.split(asked.output)
    os.makedirs(folder, exist_ok=True)
    _sweep(folder, name)
    draft = os.path.join(folder, f".{name}.{os.getpid()}.part")
    try:
        ready, done = run_async(functools.partial(_go, doors, asked, draft))
        made = msgspec.structs.replace(_made(ready), seconds=round(time.monotonic() - started, 1))
        if not done.ok or not os.path.exists(draft):
            return msgspec.structs.replace(made, error=redact(done.stderr.strip() or done.why)[-8000:])
        try:
            proof = run_async(functools.partial(_proof, doors, ready, draft, root))
        except BinaryError as error:
            return msgspec.structs.replace(made, built=True, error=str(error))
        if not proof.wrong:
            os.replace(draft, asked.output)
        size = os.stat(asked.output if not proof.wrong else draft).st_size
        return msgspec.structs.replace(made, seconds=round(time.monotonic() - started, 1), built=True, proof=proof, size=size)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft)


def _replaceable(path: str) -> bool:
    """Nothing, an empty file, or a program: what go itself overwrites (cmd/go, ``(*Builder).moveOrCopyFile``)."""
    try:
        with open(path, "rb") as file:
            head = file.read(4)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return not head or head.startswith(_MAGIC)


def _sweep(folder: str, name: str) -> None:
    """Remove drafts of builds that were killed."""
    for entry in os.listdir(folder):
        number = entry.removeprefix(f".{name}.").removesuffix(".part")
        if number.isdecimal() and entry == f".{name}.{number}.part" and not _alive(int(number)):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(folder, entry))


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _made(ready: Planned) -> Made:
    return Made(order=ready.order, chain=ready.chain.name if ready.chain else "go", plan=ready.plan, program=ready.program)


async def _go(doors: Doors, asked: Order, draft: str) -> tuple[Planned, Done]:
    """Build a draft, with the remembered plan if it still holds."""
    began = time.time_ns()
    known = ordering.remembered(doors, asked)
    if known is None or not all(os.access(path, os.X_OK) for path in known[0].plan.files):
        ready = await _planned(doors, asked)
    else:
        last, holds = known
        if holds and (done := await _run(doors, last, draft)).ok:
            return last, done
        ready, done_beside = await _beside(doors, asked, last, draft)
        if done_beside is not None:
            ordering.remember(doors, ready, asked, before=began)
            return ready, done_beside
    ordering.write_programs(ready.plan)
    ordering.remember(doors, ready, asked, before=began)
    if ready.chain and not ready.chain.gnu_cxx:
        from gomend.apps.cgo import warming

        await warming.warm(doors, ready.order.wish, ready.chain, ready.plan, cxx=ready.cxx)
    return ready, await _run(doors, ready, draft)


async def _beside(doors: Doors, asked: Order, last: Planned, draft: str) -> tuple[Planned, Done | None]:
    """Build with a plan while it is made afresh; if the two differ, the build is ended and its result thrown away."""
    done: list[Done] = []
    problem: list[base.Problem] = []
    fresh: list[Planned] = []

    async def plan() -> None:
        try:
            fresh.append(await _planned(doors, asked))
        except base.Problem as error:
            problem.append(error)
        if problem or fresh[0] != last:
            tasks.cancel_scope.cancel()

    async def run() -> None:
        done.append(await _run(doors, last, draft))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        tasks.start_soon(plan)
    if problem:
        raise problem[0]
    return fresh[0], done[0] if fresh[0] == last else None


async def _run(doors: Doors, ready: Planned, draft: str) -> Done:
    """Start go, and load what comes after it while it runs."""
    with contextlib.suppress(OSError):
        shutil.copy2(ready.order.output, draft)  # go links again only what is not up to date
    argv = ready.plan.command(draft)
    if not ready.program:
        argv = ("go", "test", "-c", *argv[2:])
    done: list[Done] = []

    async def go() -> None:
        done.append(await doors.runner.run(Cmd(argv=argv, cwd=ready.order.directory, env=ready.plan.env, timeout=_LIMIT)))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(go)
        await anyio.sleep(_LOADED_AFTER)
        importlib.import_module("gomend.cgo.build.prove")
    return done[0]


async def _planned(doors: Doors, asked: Order) -> Planned:
    from gomend.apps.cgo import planned

    return await planned.planned(doors, asked)


def _dynamic(asked: Order) -> bool:
    wanted = asked.wish
    return asked.start and wanted.goos == "linux" and wanted.libc == "glibc" and wanted.link == "dynamic"


def _named_root(doors: Doors, asked: Order, told: Callable[[Said], None]) -> Root | None:
    """The old system that was named, whose loader starts the product; fetched before the build if it is not here."""
    if not asked.start_on or not _dynamic(asked):
        return None
    from gomend.apps.cgo import oldroots

    return oldroots.root(doors, asked.start_on, asked.wish.goarch, told)


def _fit_root(doors: Doors, asked: Order) -> Root | None:
    """The old system that is here already and fits the floor."""
    wanted = asked.wish
    if not wanted.floor or wanted.sysroot or not _dynamic(asked):
        return None
    from gomend.apps.cgo import oldroots

    return oldroots.here(doors, wanted.goarch, wanted.floor)


async def _proof(doors: Doors, ready: Planned, draft: str, root: Root | None) -> Proof:
    from gomend.cgo.build import prove as proving

    asked = ready.order
    root = root or _fit_root(doors, asked)
    words = asked.words or (() if ready.program else ("-test.run=^$",))
    return await proving.prove(
        doors, asked.wish, ready.chain, draft, start=asked.start, words=words, home=ordering.home(doors), root=root
    )
