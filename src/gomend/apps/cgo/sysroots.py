"""``gomend cgo sysroot make|list|verify``."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import os
import shutil
from collections.abc import Callable, Coroutine, Generator
from typing import Final

import anyio

from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.cgo import triples
from gomend.cgo.build import toolchains
from gomend.cgo.build.things import Needs, Toolchain
from gomend.cgo.build.wish import Refused, Wish
from gomend.cgo.sysroot import drafts, libraries, packing, recipes, tree
from gomend.cgo.sysroot.libraries import Workshop
from gomend.cgo.sysroot.packages import DEBIAN, RELEASE, Apt, Package, release_of
from gomend.cgo.sysroot.problem import SysrootProblem
from gomend.cgo.sysroot.store import Remote, Store
from gomend.cgo.sysroot.tree import Built, Sysroot
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Said, say, text
from gomend.ports.doors import Doors, real_doors
from gomend.ports.state import state_folder

_PROBLEMS: Final = {
    "no-sources": text("sysroot.no-sources", "This system has no apt sources of Debian; a sysroot is made from them."),
    "no-apt": text("sysroot.no-apt", "apt-get and apt-cache are needed to make a sysroot; name one that was made elsewhere with --sysroot DIR instead."),
    "apt": text("sysroot.apt", "apt-get did not get through: {reason}"),
    "no-package": text("sysroot.no-package", "{names}: not to be had for {release} on {arch}: {reason}"),
    "wrong-sum": text("sysroot.wrong-sum", "{package} is not the package of the signed index (SHA-256 {actual}, expected {expected}); nothing was kept."),
    "unpack": text("sysroot.unpack", "{package} could not be unpacked: {reason}"),
    "hostile": text("sysroot.hostile", "{package} has {name}, which leads out of the folder or is no plain file; nothing was kept."),
    "no-recipe": text("sysroot.no-recipe", "There is no recipe for {name} with musl; there are: {names}. Or name a folder of your own with --sysroot DIR."),
    "no-zig": text("sysroot.no-zig", "Libraries for musl are compiled with zig (pip install 'gomend[zig]'): {reason}"),
    "no-tool": text("sysroot.no-tool", "{library} needs {tool} to be compiled: apt-get install {package}"),
    "step": text("sysroot.step", "{library} could not be compiled. {step}: {reason}"),
    "changed": text("sysroot.changed", "{path} is not as it was unpacked: {file} and others ({count} in all)."),
    "none-here": text("sysroot.none-here", "{path} is no sysroot that gomend made: {reason}"),
    "no-target": text("sysroot.no-target", "Debian has no packages for {target}; there are: {names}."),
}  # fmt: skip

_COMPILING: Final = text("sysroot.compiling", "{name} {version} for {target}: compiling")


class SysrootShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """One sysroot."""

    schema_: str
    path: str
    target: str
    release: str
    asked: tuple[str, ...]
    packages: tuple[str, ...]
    size: int
    """Bytes of the packages; of the files, if they were compiled."""
    libc: str = "glibc"
    changed: tuple[str, ...] = ()


def problem(error: SysrootProblem) -> base.Problem:
    """What is told of it."""
    return base.Problem(_PROBLEMS[error.what], **{k: redact(v) for k, v in error.details.items()})


def silent(said: Said) -> None:
    """Hear of what takes long, and say nothing."""


def state(doors: Doors) -> str:
    """Gomend's state folder."""
    return str(state_folder(doors.environ.variables, doors.environ.home))


def home(doors: Doors) -> str:
    """Where sysroots are kept."""
    return os.path.join(state(doors), "sysroots")


class Order(Thing, frozen=True):
    """What the command line asked for."""

    targets: tuple[str, ...]
    names: tuple[str, ...]
    libc: str = "glibc"
    release: str = ""
    """Empty: the usual one, or the first that has the target's CPU."""
    output: str = ""
    headers: bool = True
    """With the C library's headers, so that programs can be linked with it."""
    again: bool = False
    """Make it although it was made before, with the newest packages of the release."""


def make(order: Order, told: Callable[[Said], None]) -> tuple[SysrootShape, ...]:
    """Make one for each target, or find the same one made before; ``told`` hears what takes long.

    Raises:
        Problem: it cannot be made.
    """
    doors = real_doors()
    try:
        made: tuple[SysrootShape, ...] = run_async(functools.partial(_make, doors, order, told))
    except SysrootProblem as error:
        raise problem(error) from None
    return made


async def _make(doors: Doors, order: Order, told: Callable[[Said], None]) -> tuple[SysrootShape, ...]:
    for target in order.targets:
        goos, _, goarch = target.partition("/")
        if goos != "linux" or goarch not in DEBIAN:
            raise SysrootProblem("no-target", target=target, names=", ".join(f"linux/{a}" for a in DEBIAN))
    works = [await _work(doors, order, target.partition("/")[2]) for target in order.targets]
    lacking = [w for w in works if order.again or not os.path.exists(f"{w.folder}/{tree.LOCK}")]
    if lacking:
        if any(doors.runner.which(name) is None for name in ("apt-get", "apt-cache")):
            raise SysrootProblem("no-apt")
        for release in dict.fromkeys(w.release for w in lacking):
            works_ = [w for w in lacking if w.release == release]
            await (_compile(doors, release, works_, told) if order.libc == "musl" else _packages(doors, release, works_))
    return tuple(_shape(w.folder, tree.read(w.folder)) for w in works)


class _Work(Thing, frozen=True):
    """One sysroot to make. ``asked`` are packages, or recipes in the order in which they are compiled."""

    goarch: str
    asked: tuple[str, ...]
    folder: str
    release: str
    workshop: Workshop | None = None


async def _work(doors: Doors, order: Order, goarch: str) -> _Work:
    workshop = None
    if order.libc == "musl":
        asked = recipes.chosen(order.names)
        workshop = Workshop(goarch=goarch, zig=await _zig(doors, goarch), folder=os.path.join(state(doors), "libraries"))
        said = [workshop.zig.version, workshop.zig.target, *workshop.zig.flags, *(recipes.digest(n) for n in asked)]
    else:
        asked, said = tuple(sorted({*order.names, *(("libc6-dev",) if order.headers else ())})), []
    release = order.release or (RELEASE if workshop else release_of(goarch))
    key = hashlib.sha256("\n".join((goarch, release, *asked, *said)).encode()).hexdigest()[:12]
    if order.output:
        folder = os.path.join(os.path.abspath(order.output), *((f"linux-{goarch}",) if len(order.targets) > 1 else ()))
    else:
        name = f"{goarch}-musl" if workshop else f"{goarch}-{release}"
        folder = os.path.join(home(doors), f"{name}-{key}")
    return _Work(goarch=goarch, asked=asked, folder=folder, release=release, workshop=workshop)


async def _zig(doors: Doors, goarch: str) -> Toolchain:
    """The zig that programs for the CPU are built with, with the same flags."""
    wanted = Wish(goos="linux", goarch=goarch, libc="musl", toolchain="zig")
    try:
        return await toolchains.find(doors, wanted, Needs())
    except Refused as refusal:
        raise SysrootProblem("no-zig", reason=refusal.details["lacks"]) from None


async def _packages(doors: Doors, release: str, works: list[_Work]) -> None:
    """Debian's packages: indexes and files of all targets are fetched together."""
    apt = Apt(doors, os.path.join(state(doors), "apt", release), release)
    downloads = Store(doors, os.path.join(state(doors), "downloads"), apt.options())
    found: dict[str, tuple[tuple[Package, Remote], ...]] = {}

    async def closure(work: _Work) -> None:
        found[work.goarch] = await apt.closure(work.goarch, work.asked)

    with _alone(apt):
        apt.prepare()
        await apt.update(tuple(w.goarch for w in works))
        await together([functools.partial(closure, w) for w in works])
    await downloads.fetch([remote for pairs in found.values() for _, remote in pairs])

    async def unpack(work: _Work) -> None:
        triple = "i386-linux-gnu" if work.goarch == "386" else triples.gnu_triple("linux", work.goarch) or ""
        made = Sysroot(
            goarch=work.goarch, release=release, asked=work.asked, packages=tuple(p for p, _ in found[work.goarch]), triple=triple, files={}
        )  # fmt: skip
        with drafts.draft(os.path.dirname(work.folder)) as draft:
            await anyio.to_thread.run_sync(functools.partial(tree.unpack, draft, downloads, made))
            drafts.replace(draft, work.folder)

    await together([functools.partial(unpack, w) for w in works])


async def _compile(doors: Doors, release: str, works: list[_Work], told: Callable[[Said], None]) -> None:
    """Libraries from recipes: source packages are asked for once, each library is compiled for one target after the other."""
    apt = Apt(doors, os.path.join(state(doors), "apt", f"{release}-source"), release)
    downloads = Store(doors, os.path.join(state(doors), "downloads"), apt.options())
    known = recipes.every()
    with _alone(apt):
        apt.prepare(source=True)
        await apt.update()
        sources = {n: await apt.source(known[n].source) for n in dict.fromkeys(n for w in works for n in w.asked)}
    for work in works:
        assert work.workshop is not None
        say_it = functools.partial(_tell, told, f"linux/{work.goarch}")
        built: dict[str, Built] = {}
        for name in work.asked:
            needed = tuple(built[n] for n in recipes.chosen(known[name].needs))
            built[name] = await libraries.build(
                doors, work.workshop, name, known[name], sources[name], needed, downloads, say_it
            )
        with drafts.draft(os.path.dirname(work.folder)) as draft:
            for each in built.values():
                shutil.copytree(
                    f"{libraries.place(work.workshop, each)}/own", f"{draft}/own", dirs_exist_ok=True, symlinks=True
                )
            tree.lock(
                draft,
                Sysroot(
                    goarch=work.goarch, release=release, asked=work.asked, packages=(), triple=work.workshop.triple, files={}, libc="musl",
                    built=tuple(built.values()), compiler=f"zig {work.workshop.zig.version}",
                ),
            )  # fmt: skip
            drafts.replace(draft, work.folder)


def _tell(told: Callable[[Said], None], target: str, name: str, version: str) -> None:
    told(say(_COMPILING, name=name, version=version, target=target))


async def together(works: list[Callable[[], Coroutine[None, None, None]]]) -> None:
    """Do all at once; the first failure is raised as itself."""
    try:
        async with anyio.create_task_group() as tasks:
            for work in works:
                tasks.start_soon(work)
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None


@contextlib.contextmanager
def _alone(apt: Apt) -> Generator[None]:
    """One process at a time. The programs that it starts hold the lock too: they outlive a killed gomend."""
    os.makedirs(apt.folder, exist_ok=True)
    with open(f"{apt.folder}/lock", "wb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        apt.keep_open = (handle.fileno(),)
        yield
        apt.keep_open = ()


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


def take(path: str) -> SysrootShape:
    """Unpack a packed sysroot below the state folder, where ``make`` and ``list`` find it; what is there already stays if it is whole.

    Raises:
        Problem: it is none, or not what its own list says.
    """
    try:
        folder = os.path.join(home(real_doors()), packing.name_of(path))
        if not os.path.exists(f"{folder}/{tree.LOCK}") or tree.changes(folder):
            with drafts.draft(os.path.dirname(folder)) as draft:
                packing.unpack(path, draft)
                drafts.replace(draft, folder)
        return _shape(folder, tree.read(folder))
    except SysrootProblem as error:
        raise problem(error) from None


def give(folder: str, into: str) -> str:
    """Pack a sysroot into a folder; the file's path.

    Raises:
        Problem: it is none, or was changed.
    """
    path = os.path.join(into, f"{os.path.basename(os.path.abspath(folder))}{packing.SUFFIX}")
    try:
        packing.pack(folder, path)
    except SysrootProblem as error:
        raise problem(error) from None
    return path


def _shape(folder: str, made: Sysroot, changed: tuple[str, ...] = ()) -> SysrootShape:
    return SysrootShape(
        schema_="gomend.sysroot/1",
        path=folder,
        target=f"linux/{made.goarch}",
        release=made.release,
        asked=made.asked,
        packages=(*(f"{p.name}={p.version}" for p in made.packages), *(f"{b.name}={b.version}" for b in made.built)),
        size=sum(p.size for p in made.packages) or _bytes(folder),
        libc=made.libc,
        changed=changed,
    )


def _bytes(folder: str) -> int:
    return sum(os.lstat(f"{above}/{n}").st_size for above, _, names in os.walk(folder) for n in names)
