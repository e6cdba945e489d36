"""``gomend cgo build``: plan, build into a file beside the output, prove, and only then put it in place.

A second build for the same order starts go at once with the plan of the first. If something that the plan was made from has changed
(``apps/cgo/stamps.py``), it is made afresh beside it, and if the two differ, the first result is thrown away
(``bench/build.py`` has what a warm build costs beside go's own).
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import time
from collections.abc import Callable
from typing import Final

import anyio
import msgspec

from gomend.apps.cgo import oldroots, sysroots, warming
from gomend.apps.cgo import planned as plans
from gomend.apps.cgo.planned import REFUSED, Order, Planned, order
from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.binary.info import BinaryError
from gomend.cgo.build import plan as planning
from gomend.cgo.build import prove as proving
from gomend.cgo.build import toolchains
from gomend.cgo.build.plan import Plan
from gomend.cgo.build.prove import Proof
from gomend.cgo.build.wish import Refused
from gomend.cgo.needs.things import TargetNeeds
from gomend.cgo.sysroot.oldroot import Root
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Said, text
from gomend.ports.doors import Doors, real_doors
from gomend.ports.processes import Cmd, Done

_NO_EMIT_SYSROOT: Final = text(
    "cgobuild.no-emit-sysroot", "Of the files, only the script takes a sysroot; leave --sysroot out for {form}."
)
_NO_PROGRAM: Final = text("cgobuild.no-program", "{path} exists and is no program; name another file, or remove it.")
_LIMIT: Final = 3600.0
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


def build(asked: Order, told: Callable[[Said], None] = sysroots.silent) -> Made:
    """Plan, and unless it is a dry run, build and prove; ``told`` hears what takes long.

    Raises:
        Problem: there is no toolchain for it, or go cannot list the package.
    """
    doors = real_doors()
    started = time.monotonic()
    if asked.dry:
        return _made(run_async(functools.partial(plans.planned, doors, asked)))
    if not _replaceable(asked.output):
        raise base.Problem(_NO_PROGRAM, path=asked.output)
    root = _root(doors, asked, told)
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
    known = plans.remembered(doors, asked)
    if known is None or not all(os.access(path, os.X_OK) for path in known[0].plan.files):
        ready = await plans.planned(doors, asked)
    else:
        last, holds = known
        if holds and (done := await _run(doors, last, draft)).ok:
            return last, done
        ready, done_beside = await _beside(doors, asked, last, draft)
        if done_beside is not None:
            plans.remember(doors, ready, asked, before=began)
            return ready, done_beside
    plans.write_programs(ready.plan)
    plans.remember(doors, ready, asked, before=began)
    if ready.chain and not ready.chain.gnu_cxx:
        await warming.warm(doors, ready.order.wish, ready.chain, ready.plan, cxx=ready.cxx)
    return ready, await _run(doors, ready, draft)


async def _beside(doors: Doors, asked: Order, last: Planned, draft: str) -> tuple[Planned, Done | None]:
    """Build with a plan while it is made afresh; if the two differ, the build is ended and its result thrown away."""
    done: list[Done] = []
    problem: list[base.Problem] = []
    fresh: list[Planned] = []

    async def plan() -> None:
        try:
            fresh.append(await plans.planned(doors, asked))
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
    with contextlib.suppress(OSError):
        shutil.copy2(ready.order.output, draft)  # go links again only what is not up to date
    argv = ready.plan.command(draft)
    if not ready.program:
        argv = ("go", "test", "-c", *argv[2:])
    return await doors.runner.run(Cmd(argv=argv, cwd=ready.order.directory, env=ready.plan.env, timeout=_LIMIT))


def _root(doors: Doors, asked: Order, told: Callable[[Said], None]) -> Root | None:
    """The old system whose loader starts the product: named, or here already and fit for the floor."""
    wanted = asked.wish
    if not asked.start or wanted.goos != "linux" or wanted.libc != "glibc" or wanted.link != "dynamic":
        return None
    if asked.start_on:
        return oldroots.root(doors, asked.start_on, wanted.goarch, told)
    return oldroots.here(doors, wanted.goarch, wanted.floor) if wanted.floor and not wanted.sysroot else None


async def _proof(doors: Doors, ready: Planned, draft: str, root: Root | None) -> Proof:
    asked = ready.order
    words = asked.words or (() if ready.program else ("-test.run=^$",))
    return await proving.prove(
        doors, asked.wish, ready.chain, draft, start=asked.start, words=words, home=plans.home(doors), root=root
    )


def warm(targets_: tuple[str, ...], libc: str, link: str, *, cxx: bool) -> list[tuple[str, float | None]]:
    """Prepare zig's caches for targets: each with the seconds that it took, None if it was ready.

    Raises:
        Problem: a target or the C library is none, or zig is not here.
    """
    doors = real_doors()
    done = []
    for target in targets_:
        wanted = msgspec.structs.replace(order(target, libc, link, ".", "-").wish, toolchain="zig")
        try:
            chain = run_async(functools.partial(toolchains.find, doors, wanted, toolchains.Needs(cxx=cxx)))
        except Refused as refusal:
            raise base.Problem(REFUSED[refusal.what], **refusal.details) from None
        plan = planning.make(wanted, chain, TargetNeeds(target=target, standard=("runtime/cgo",)), plans.home(doors))
        plans.write_programs(plan)
        done.append((target, run_async(functools.partial(warming.warm, doors, wanted, chain, plan, cxx=cxx))))
    return done


def emit(asked: Order, form: str) -> str:
    """The same build as a file that stands alone.

    Raises:
        Problem: zig is not here to be tried with, or has no such target.
    """
    from gomend.cgo.emit.others import FORMS
    from gomend.cgo.emit.pins import pins

    doors = real_doors()
    program = toolchains.zig(doors)
    version = run_async(lambda: doors.runner.run(Cmd(argv=(program or "zig", "version"), timeout=60)))
    go = run_async(lambda: doors.runner.run(Cmd(argv=("go", "env", "GOVERSION"), cwd=asked.directory, timeout=30)))
    if not version.ok:
        raise base.Problem(REFUSED["no-toolchain"], target=asked.wish.target, lacks=version.why)
    if asked.wish.sysroot and form != "script":
        raise base.Problem(_NO_EMIT_SYSROOT, form=form)
    output = os.path.relpath(asked.output, asked.directory)
    try:
        return FORMS[form](asked.wish, pins(version.stdout, go.stdout.strip()), output)
    except Refused as refusal:
        raise base.Problem(REFUSED[refusal.what], **refusal.details) from None
