"""``gomend cgo build``: plan, build into a file beside the output, prove, and only then put it in place."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import time
from collections.abc import Callable
from typing import Final

from gomend.apps.cgo import oldroots, sysroots, targets
from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.binary.info import BinaryError
from gomend.cgo.build import plan as planning
from gomend.cgo.build import prove as proving
from gomend.cgo.build import toolchains, wish
from gomend.cgo.build.plan import Plan
from gomend.cgo.build.prove import Proof
from gomend.cgo.build.toolchains import Toolchain
from gomend.cgo.build.wish import Refused, Wish
from gomend.cgo.emit.others import FORMS
from gomend.cgo.emit.pins import pins
from gomend.cgo.needs import gathering, listing
from gomend.cgo.needs.things import TargetNeeds
from gomend.cgo.sysroot.oldroot import Root
from gomend.cgo.sysroot.problem import SysrootProblem
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Said, Translator, text
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
_NO_EMIT_SYSROOT: Final = text(
    "cgobuild.no-emit-sysroot", "Of the files, only the script takes a sysroot; leave --sysroot out for {form}."
)
_NO_LIST: Final = text("cgobuild.no-list", "go cannot list {package}: {reason}")
_NO_DIR: Final = text("cgobuild.no-dir", "{path} is not a folder.")
_WHY: Final = {
    "no-c": text("cgobuild.why.no-c", "nothing in this program is written in C"),
    "cgo-on": text("cgobuild.why.cgo-on", "go switches it off in every cross build"),
    "cc-zig": text("cgobuild.why.cc-zig", "the C compiler, with the C library of the target inside"),
    "cc-system": text("cgobuild.why.cc-system", "the C compiler of this system for the target"),
    "pkg-config-target": text("cgobuild.why.pkg-config", "libraries of the target only, none of this machine"),
    "sysroot": text("cgobuild.why.sysroot", "libraries of the target, from packages"),
    "external": text("cgobuild.why.external", "go's own linker would pass over the flags for the C linker"),
    "static": text("cgobuild.why.static", "the C library goes into the file"),
    "static-glibc-names": text("cgobuild.why.static-names", "a static glibc cannot load its plug-ins for names; go's own code looks them up"),
    "musl-dynamic": text("cgobuild.why.musl-dynamic", "zig links musl statically unless it is told otherwise"),
    "fingerprint": text("cgobuild.why.fingerprint", "go's build cache leaves out of its keys what this number stands for"),
}  # fmt: skip
_WRONG: Final = {
    "target": text("cgobuild.wrong.target", "it is made for {found}"),
    "static": text("cgobuild.wrong.static", "it is not static: {found}"),
    "libc": text("cgobuild.wrong.libc", "it uses another C library: {found}"),
    "glibc": text("cgobuild.wrong.glibc", "it asks for glibc {found}"),
    "rpath": text("cgobuild.wrong.rpath", "it has a run path: {found}"),
    "starts": text("cgobuild.wrong.starts", "it does not start ({found})"),
}
_TOOLCHAIN: Final = text("cgobuild.toolchain", "toolchain")
_PROVED: Final = text("cgobuild.proved", "Proved: {output}")
_FAILED: Final = text("cgobuild.failed", "The build failed (exit {exit}); nothing was written.")
_NOT_PROVED: Final = text("cgobuild.not-proved", "Not proved, and not put in place: {what}")
_STATIC: Final = text("cgobuild.is-static", "static: no interpreter, no libraries")
_NEEDS: Final = text("cgobuild.needs", "needs {needed}")
_FLOOR: Final = text("cgobuild.floor", "starts with glibc {version} and newer")
_RAN: Final = text("cgobuild.ran", "started ({by}), exit {exit}")
_RUNNING: Final = text("cgobuild.running", "started ({by}), still running after 10 s")
_NOT_RUN: Final = text("cgobuild.not-run", "not started here: {reason}")
_SECONDS: Final = text("cgobuild.seconds", "{size} MB in {seconds} s")
_NO_MAIN: Final = text("cgobuild.no-main", "no program: its test binary is built instead")
_LIMIT: Final = 3600.0
_WIDE: Final = 48


class RanShape(Thing, frozen=True, rename={"with_": "with"}):
    """How the product was started; ``exit`` is null if it still ran after ten seconds."""

    with_: str
    exit: int | None


class ProofShape(Thing, frozen=True):
    """What the product is."""

    interpreter: str | None
    needed: tuple[str, ...]
    glibc_min: str | None
    ran: RanShape | None
    static: bool
    arch: str
    not_run: str | None = None
    wrong: tuple[str, ...] = ()


class ReasonShape(Thing, frozen=True):
    """Why a flag is there."""

    name: str
    value: str
    why: str


class BuildShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend cgo build``."""

    schema_: str
    target: str
    libc: str | None
    link: str
    toolchain: str
    output: str
    proof: ProofShape | None
    env: dict[str, str]
    argv: tuple[str, ...]
    reasons: tuple[ReasonShape, ...]
    seconds: float
    built: bool
    proved: bool
    error: str | None = None


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


def build(asked: Order, told: Callable[[Said], None] = sysroots.silent) -> Made:
    """Plan, and unless it is a dry run, build and prove; ``told`` hears what takes long.

    Raises:
        Problem: there is no toolchain for it, or go cannot list the package.
    """
    doors = real_doors()
    started = time.monotonic()
    needs, program = _needs(doors, asked)
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
    root = _root(doors, asked, told)
    for path, content in plan.files.items():
        if not os.access(path, os.X_OK):
            write_whole(path, content.encode(), 0o755)
    return _build(doors, made, chain, root, started)


def _root(doors: Doors, asked: Order, told: Callable[[Said], None]) -> Root | None:
    """The old system whose loader starts the product: named, or here already and fit for the floor."""
    wanted = asked.wish
    if not asked.start or wanted.goos != "linux" or wanted.libc != "glibc" or wanted.link != "dynamic":
        return None
    if asked.start_on:
        return oldroots.root(doors, asked.start_on, wanted.goarch, told)
    return oldroots.here(doors, wanted.goarch, wanted.floor) if wanted.floor and not wanted.sysroot else None


def _build(doors: Doors, made: Made, chain: Toolchain | None, root: Root | None, started: float) -> Made:
    import msgspec

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
            functools.partial(
                proving.prove, doors, asked.wish, chain, draft, start=asked.start, words=_words(asked, made), root=root
            )
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


def _needs(doors: Doors, asked: Order) -> tuple[TargetNeeds, bool]:
    """What the package needs, and whether it is a program."""
    wanted = asked.wish
    pair = (wanted.goos, wanted.goarch)
    asking = functools.partial(listing.ask, doors, asked.directory, pair, cgo=True, patterns=(wanted.package,), download=True)
    listed = run_async(asking)
    found = gathering.of_list(doors, listed)
    if found.problem:
        raise base.Problem(_NO_LIST, package=asked.directory, reason=redact(found.problem))
    return found, any(listing.own(p) and p.name == "main" for p in listed.packages.values())


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
    if asked.wish.sysroot and form != "script":
        raise base.Problem(_NO_EMIT_SYSROOT, form=form)
    output = os.path.relpath(asked.output, asked.directory)
    try:
        return FORMS[form](asked.wish, pins(version.stdout, go.stdout.strip()), output)
    except Refused as refusal:
        raise base.Problem(_REFUSED[refusal.what], **refusal.details) from None


def shape(made: Made, say: Translator) -> BuildShape:
    """The answer for machines."""
    asked, proof = made.order, made.proof
    return BuildShape(
        schema_="gomend.build/1",
        target=asked.wish.target,
        libc=asked.wish.libc or None,
        link=asked.wish.link,
        toolchain=made.chain,
        output=asked.output,
        proof=_proof(proof, say) if proof else None,
        env=made.plan.env,
        argv=made.plan.command(asked.output),
        reasons=tuple(ReasonShape(name=r.name, value=r.value, why=say(_WHY[r.why])) for r in made.plan.reasons),
        seconds=made.seconds,
        built=made.built,
        proved=made.proved,
        error=made.error or None,
    )


def _proof(proof: Proof, say: Translator) -> ProofShape:
    info = proof.info
    return ProofShape(
        interpreter=info.interpreter,
        needed=info.needed,
        glibc_min=info.glibc_min,
        ran=RanShape(with_=proof.ran.by, exit=proof.ran.exit) if proof.ran else None,
        static=info.static,
        arch=info.arch,
        not_run=proof.not_run or None,
        wrong=tuple(say(_WRONG[name], found=found) for name, found in proof.wrong),
    )


def told(made: Made, say: Translator) -> str:
    """The answer for people."""
    from gomend.apps.cgo.tables import aligned

    asked, plan = made.order, made.plan
    libc = f"{asked.wish.libc}{f' ≤ {asked.wish.floor}' if asked.wish.floor else ''}"
    lines = [f"{asked.wish.target}  {libc}  {asked.wish.link}  ·  {say(_TOOLCHAIN)} {made.chain}".replace("    ", "  "), ""]
    lines += aligned([(r.name, _cut(r.value), say(_WHY[r.why])) for r in plan.reasons])
    if not made.program:
        lines.append("  " + say(_NO_MAIN))
    lines += ["", *script(made)]
    if asked.dry:
        return "\n".join(lines) + "\n"
    lines.append("")
    if made.error:
        return "\n".join([*lines, made.error, "", say(_FAILED, exit=1)]) + "\n"
    proof = made.proof
    if proof is None:
        return "\n".join(lines) + "\n"
    lines += [f"  {line}" for line in _facts(proof, made, say)]
    if proof.wrong:
        what = "; ".join(say(_WRONG[name], found=found) for name, found in proof.wrong)
        lines += ["", say(_NOT_PROVED, what=what)]
    else:
        lines += ["", "✓ " + say(_PROVED, output=asked.output)]
    return "\n".join(lines) + "\n"


def _cut(value: str) -> str:
    """A value short enough for a table; the whole one stands in the command below it."""
    return value if len(value) <= _WIDE else f"{value[: _WIDE - 1]}…"


def _facts(proof: Proof, made: Made, say: Translator) -> list[str]:
    info = proof.info
    facts = [say(_SECONDS, size=f"{made.size / 1e6:.1f}", seconds=f"{made.seconds:g}")]
    facts.append(
        say(_STATIC) if info.static else say(_NEEDS, needed=", ".join([info.interpreter or "", *info.needed]).strip(", "))
    )
    if info.glibc_min:
        facts.append(say(_FLOOR, version=info.glibc_min))
    if proof.ran:
        facts.append(
            say(
                _RUNNING if proof.ran.exit is None else _RAN,
                by=proof.ran.by,
                exit=proof.ran.exit if proof.ran.exit is not None else "",
            )
        )
    elif proof.not_run:
        facts.append(say(_NOT_RUN, reason=proof.not_run))
    return facts


def script(made: Made) -> list[str]:
    """The same build as lines for a shell; the wrappers that they name are written by the build."""
    import shlex

    env = " ".join(f"{name}={shlex.quote(value)}" for name, value in made.plan.env.items())
    return [f"cd {shlex.quote(made.order.directory)}", f"{env} {shlex.join(made.plan.command(made.order.output))}"]
