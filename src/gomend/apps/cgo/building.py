"""``gomend cgo build``: plan, build into a file beside the output, prove, and only then put it in place."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import time
from typing import Final

import msgspec

from gomend.apps.cgo import sysroots, targets, warming
from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.binary.info import BinaryError
from gomend.cgo.build import plan as planning
from gomend.cgo.build import prove as proving
from gomend.cgo.build import tags, toolchains, wish
from gomend.cgo.build.plan import Plan
from gomend.cgo.build.prove import Proof
from gomend.cgo.build.toolchains import Toolchain
from gomend.cgo.build.wish import Refused, Wish
from gomend.cgo.emit.others import FORMS
from gomend.cgo.emit.script import text as script_text
from gomend.cgo.needs import gathering, listing
from gomend.cgo.needs.listing import Listing
from gomend.cgo.needs.things import TargetNeeds
from gomend.cgo.sysroot.packages import SysrootProblem
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import text
from gomend.ports.doors import Doors, real_doors
from gomend.ports.files import write_whole
from gomend.ports.processes import Cmd
from gomend.ports.state import state_folder

_REFUSED: Final = {
    "bad-libc": text(
        "cgobuild.bad-libc",
        "{value} is no C library; write musl, glibc, or glibc:2.28 for the oldest one that the program must start with.",
    ),
    "no-emit": text("cgobuild.no-emit", "Files are made for Linux targets that zig has; {target} is none."),
    "no-toolchain": text("cgobuild.no-toolchain", "No toolchain here makes this for {target}. {lacks}"),
}
_NO_LIST: Final = text("cgobuild.no-list", "go cannot list {package}: {reason}")
_NO_DIR: Final = text("cgobuild.no-dir", "{path} is not a folder.")
_LIMIT: Final = 3600.0


class Order(Thing, frozen=True):
    """What the command line said."""

    wish: Wish
    directory: str
    output: str
    dry: bool = False
    start: bool = True
    words: tuple[str, ...] = ()


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
        raise base.Problem(_REFUSED[refusal.what], **refusal.details) from None
    fields = {k: more.pop(k) for k in ("tags", "ldflags", "toolchain", "sysroot") if k in more}
    wanted = Wish(goos=goos, goarch=goarch, libc=name, floor=floor, link=link, **fields)  # type: ignore[arg-type]
    return Order(wish=wanted, directory=os.path.abspath(directory), output=os.path.abspath(output), **more)  # type: ignore[arg-type]


def build(asked: Order) -> Made:
    """Plan, and unless it is a dry run, build and prove.

    Raises:
        Problem: there is no toolchain for it, or go cannot list the package.
    """
    doors = real_doors()
    started = time.monotonic()
    asked, needs, program = _needs(doors, asked)
    chain: Toolchain | None = None
    if needs.packages or needs.standard:
        try:
            chain = run_async(functools.partial(toolchains.find, doors, asked.wish, planning.needs_of(needs)))
        except Refused as refusal:
            raise base.Problem(_REFUSED[refusal.what], **refusal.details) from None
    home = os.path.join(state_folder(doors.environ.variables, doors.environ.home), "cc")
    try:
        plan = planning.make(asked.wish, chain or _pure(), needs, home)
    except SysrootProblem as error:
        raise sysroots.problem(error) from None
    made = Made(order=asked, chain=chain.name if chain else "go", plan=plan, program=program)
    if asked.dry:
        return made
    write_programs(plan)
    if chain and not chain.gnu_cxx:
        warming.warm(doors, asked.wish, chain, plan, cxx=planning.needs_of(needs).cxx)
    return _build(doors, made, chain, started)


def write_programs(plan: Plan) -> None:
    """Put the files of a plan in their places, where they are not yet."""
    for path, content in plan.files.items():
        if not os.access(path, os.X_OK):
            write_whole(path, content.encode(), 0o755)


def warm(targets_: tuple[str, ...], libc: str, link: str, *, cxx: bool) -> list[tuple[str, float | None]]:
    """Prepare zig's caches for targets: each with the seconds that it took, None if it was ready.

    Raises:
        Problem: a target or the C library is none, or zig is not here.
    """
    doors = real_doors()
    home = os.path.join(state_folder(doors.environ.variables, doors.environ.home), "cc")
    done = []
    for target in targets_:
        wanted = msgspec.structs.replace(order(target, libc, link, ".", "-").wish, toolchain="zig")
        try:
            chain = run_async(functools.partial(toolchains.find, doors, wanted, toolchains.Needs(cxx=cxx)))
        except Refused as refusal:
            raise base.Problem(_REFUSED[refusal.what], **refusal.details) from None
        plan = planning.make(wanted, chain, TargetNeeds(target=target, standard=("runtime/cgo",)), home)
        write_programs(plan)
        done.append((target, warming.warm(doors, wanted, chain, plan, cxx=cxx)))
    return done


def _build(doors: Doors, made: Made, chain: Toolchain | None, started: float) -> Made:
    asked, plan = made.order, made.plan
    os.makedirs(os.path.dirname(asked.output), exist_ok=True)
    draft = os.path.join(os.path.dirname(asked.output), f".{os.path.basename(asked.output)}.{os.getpid()}.part")
    with contextlib.suppress(OSError):
        shutil.copy2(asked.output, draft)  # go links again only what is not up to date
    try:
        argv = plan.command(draft)
        if not made.program:
            argv = ("go", "test", "-c", *argv[2:])
        cmd = Cmd(argv=argv, cwd=asked.directory, env=plan.env, timeout=_LIMIT)
        done = run_async(functools.partial(doors.runner.run, cmd))
        seconds = round(time.monotonic() - started, 1)
        if not done.ok or not os.path.exists(draft):
            return msgspec.structs.replace(made, seconds=seconds, error=redact(done.stderr.strip() or done.why)[-8000:])
        proof = run_async(
            functools.partial(proving.prove, doors, asked.wish, chain, draft, start=asked.start, words=_words(asked, made))
        )
        if not proof.wrong:
            os.replace(draft, asked.output)
        size = os.stat(asked.output if not proof.wrong else draft).st_size
        return msgspec.structs.replace(made, seconds=round(time.monotonic() - started, 1), built=True, proof=proof, size=size)
    except BinaryError as error:
        return msgspec.structs.replace(made, seconds=round(time.monotonic() - started, 1), built=True, error=str(error))
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft)


def _words(asked: Order, made: Made) -> tuple[str, ...]:
    return asked.words or (() if made.program else ("-test.run=^$",))


def _needs(doors: Doors, asked: Order) -> tuple[Order, TargetNeeds, bool]:
    """The order with the tags that the packages have for its C library, what the package needs, and whether it is a program."""
    wanted = asked.wish
    pair = (wanted.goos, wanted.goarch)

    def listed(tags: tuple[str, ...]) -> Listing:
        made: Listing = run_async(
            functools.partial(
                listing.ask, doors, asked.directory, pair, cgo=True, patterns=(wanted.package,), tags=tags, download=True
            )
        )
        return made

    found = listed(wanted.tags)
    if wanted.libc == "musl" and (more := tags.for_musl(doors, found)):
        wanted = msgspec.structs.replace(wanted, tags=(*wanted.tags, *more), own_tags=more)
        found = listed(wanted.tags)
    needs = gathering.of_list(doors, found)
    if needs.problem:
        raise base.Problem(_NO_LIST, package=asked.directory, reason=redact(needs.problem))
    program = any(listing.own(p) and p.name == "main" for p in found.packages.values())
    return msgspec.structs.replace(asked, wish=wanted), needs, program


def _pure() -> Toolchain:
    """Stands for no C compiler at all."""
    return Toolchain(kind="go", version="", cc="")


def emit(asked: Order, form: str) -> str:
    """The same build as a file that stands alone.

    Raises:
        Problem: zig is not here to be tried with, or has no such target.
    """
    doors = real_doors()
    program = toolchains.zig(doors)
    version = run_async(lambda: doors.runner.run(Cmd(argv=(program or "zig", "version"), timeout=60)))
    go = run_async(lambda: doors.runner.run(Cmd(argv=("go", "env", "GOVERSION"), cwd=asked.directory, timeout=30)))
    if not version.ok:
        raise base.Problem(_REFUSED["no-toolchain"], target=asked.wish.target, lacks=version.why)
    output = os.path.relpath(asked.output, asked.directory)
    try:
        if form == "script":
            return script_text(asked.wish, version.stdout.strip(), output)
        return FORMS[form](asked.wish, version.stdout.strip(), output, go.stdout.strip().removeprefix("go"))
    except Refused as refusal:
        raise base.Problem(_REFUSED[refusal.what], **refusal.details) from None
