"""Prove a product: read it, and start it where that can be done here."""

from __future__ import annotations

import glob
import os
import re
import tempfile
from typing import Final

from gomend.binary import elf
from gomend.binary.elf import version_key
from gomend.binary.info import BinaryInfo
from gomend.cgo import triples
from gomend.cgo.build.things import Toolchain
from gomend.cgo.build.wish import Wish
from gomend.cgo.sysroot import tree
from gomend.cgo.sysroot.oldroot import Root
from gomend.model.base import Thing
from gomend.ports.doors import Doors
from gomend.ports.files import write_whole
from gomend.ports.processes import Cmd

QEMU: Final = {
    "amd64": "x86_64", "arm64": "aarch64", "arm": "arm", "386": "i386", "riscv64": "riscv64", "s390x": "s390x", "ppc64le": "ppc64le",
    "loong64": "loongarch64", "mips64le": "mips64el", "mips64": "mips64", "mipsle": "mipsel", "mips": "mips",
}  # fmt: skip
"""qemu-user's names of CPUs."""
_ALSO: Final = {("amd64", "386")}
"""CPUs that run another's programs by themselves."""
_STARTED: Final = 10.0
"""Seconds after which a program that still runs has started."""
_LACKED: Final = re.compile(r"^\S.*: version `\S+' not found \(required by ", re.MULTILINE)
_LIBC: Final = "libc.so.6"
_CONTROL: Final = 'package main\n\nimport "os"\n\nfunc main() { os.Exit(0) }\n'


class Ran(Thing, frozen=True):
    """A start. ``exit`` is None for a program that still ran when it was ended; ``said`` its last words."""

    by: str
    """``native`` or the emulator's name."""
    exit: int | None
    said: str = ""
    refused: bool = False
    """The loader ended it for a version that a library lacks; glibc's exit code is then 1, as a program's own might be (rtld.c)."""

    @property
    def started(self) -> bool:
        """The loader did its work: not 126, 127 or a signal."""
        return not self.refused and (self.exit is None or 0 <= self.exit < 126)


class Proof(Thing, frozen=True):
    """What was read and run. ``wrong`` has, for each claim that does not hold, its name and what was found instead."""

    info: BinaryInfo
    wrong: tuple[tuple[str, str], ...] = ()
    ran: Ran | None = None
    not_run: str = ""
    """Why it was not started here."""


async def prove(
    doors: Doors, wish: Wish, chain: Toolchain | None, product: str, *, start: bool, words: tuple[str, ...] = (), home: str,
    root: Root | None = None,
) -> Proof:  # fmt: skip
    """Read the product against the wish, then start it with ``words``, under the loader of ``root`` if it is dynamic and one is given.

    ``home`` is the folder for programs that try emulators.

    Raises:
        BinaryError: the product is no binary.
    """
    info = elf.inspect(product)
    wrong = list(_claims(info, wish, chain))
    if not start:
        return Proof(info=info, wrong=tuple(wrong), not_run="not asked for")
    if root is not None and info.interpreter:
        ran = await under(doors, wish, root, info, product, words, home)
    else:
        ran = await _start(doors, wish, chain, info, product, words, home)
    if isinstance(ran, str):
        return Proof(info=info, wrong=tuple(wrong), not_run=ran)
    if not ran.started:
        wrong.append(("starts", f"{ran.by}: exit {ran.exit}: {ran.said}"))
    return Proof(info=info, wrong=tuple(wrong), ran=ran)


def _claims(info: BinaryInfo, wish: Wish, chain: Toolchain | None) -> list[tuple[str, str]]:
    wrong = []
    form = {"windows": "pe", "darwin": "macho"}.get(wish.goos, "elf")
    if info.format != form or info.arch != wish.goarch:
        wrong.append(("target", f"{info.format} {info.arch}"))
    if wish.goos != "linux":
        return wrong
    if wish.link == "static" and not info.static:
        wrong.append(("static", f"{info.interpreter or 'no interpreter'}, NEEDED {' '.join(info.needed) or 'nothing'}"))
    if chain is not None and wish.link == "dynamic" and info.libc not in {wish.libc, None}:
        wrong.append(("libc", str(info.libc)))
    if wish.floor and info.glibc_min and version_key(info.glibc_min) > version_key(wish.floor):
        wrong.append(("glibc", f"{info.glibc_min} by {', '.join(info.glibc_symbols[:4])}"))
    if info.rpath:
        wrong.append(("rpath", " ".join(info.rpath)))
    if paths := [
        name for name in info.needed if "/" in name
    ]:  # a library without DT_SONAME, linked by its path on this machine
        wrong.append(("needed-path", " ".join(paths)))
    return wrong


async def _start(
    doors: Doors, wish: Wish, chain: Toolchain | None, info: BinaryInfo, product: str, words: tuple[str, ...], home: str
) -> Ran | str:
    """How it ran, or why it could not be run here."""
    here = (doors.environ.system, doors.environ.machine)
    native = here == (wish.goos, wish.goarch) or (here[0] == wish.goos and (here[1], wish.goarch) in _ALSO)
    if native and wish.sysroot and info.interpreter and os.path.exists(f"{wish.sysroot}/base{info.interpreter}"):
        loader = f"{wish.sysroot}/base{info.interpreter}"
        return await _run(doors, "sysroot loader", (loader, "--library-path", _libraries(wish), product, *words))
    if native:
        if info.interpreter and not os.path.exists(info.interpreter):
            return f"this machine has no {info.interpreter}"
        return await _run(doors, "native", (product, *words))
    if wish.goos != "linux" or here[0] != "linux":
        return f"this machine runs no {wish.goos} programs"
    name = f"qemu-{QEMU.get(wish.goarch, wish.goarch)}"
    emulator = doors.runner.which(name) or doors.runner.which(f"{name}-static")
    if emulator is None:
        return f"{name} is not installed (apt-get install qemu-user)"
    root: tuple[str, ...] = ()
    folder = None
    if info.interpreter:
        places = (f"{wish.sysroot}/base" if wish.sysroot else "", chain.root if chain else "", f"/usr/{_gnu(wish)}", "/")
        folder = next((r for r in places if r and os.path.exists(r + info.interpreter)), None)
        if folder is None:
            return f"no root folder here has {info.interpreter}"
        root = ("-L", folder, *(("-E", f"LD_LIBRARY_PATH={_libraries(wish)}") if wish.sysroot else ()))
    if why := await _control(doors, wish, emulator, home):
        return why
    ran = await _run(doors, os.path.basename(emulator), (emulator, *root, product, *words))
    return await _library_fails(doors, ran, (emulator, *root), folder, info) or ran


async def under(
    doors: Doors, wish: Wish, root: Root, info: BinaryInfo, product: str, words: tuple[str, ...], home: str
) -> Ran | str:
    """How a dynamic program ran under the loader and C library of an old system, or why it could not."""
    if lacks := root.lacks(info):
        return f"{root.distro} has no {lacks} among the packages of its C library"
    if wish.goarch == doors.environ.machine or (doors.environ.machine, wish.goarch) in _ALSO:
        loader = f"{root.folder}{info.interpreter}"
        return await _run(doors, root.distro, (loader, "--inhibit-cache", "--library-path", root.libraries, product, *words))
    name = f"qemu-{QEMU.get(wish.goarch, wish.goarch)}"
    emulator = doors.runner.which(name) or doors.runner.which(f"{name}-static")
    if emulator is None:
        return f"{name} is not installed (apt-get install qemu-user)"
    if why := await _control(doors, wish, emulator, home):
        return why
    ran = await _run(doors, f"{root.distro}, {name}", (emulator, "-L", root.folder, product, *words))
    return await _library_fails(doors, ran, (emulator, "-L", root.folder), root.folder, info) or ran


def _libraries(wish: Wish) -> str:
    """Folders with the sysroot's libraries, for the loader."""
    triple = tree.read(wish.sysroot).triple
    return ":".join(f"{wish.sysroot}/{half}/{at}/{triple}" for half in ("own", "base") for at in ("usr/lib", "lib"))


def _gnu(wish: Wish) -> str:
    return triples.gnu_triple(wish.goos, wish.goarch) or ""


async def _control(doors: Doors, wish: Wish, emulator: str, home: str) -> str:
    """Why an emulator proves nothing: a program without any C fails under it too (qemu-i386 7.2 does). Empty if it works."""
    program = os.path.join(home, f"control-{wish.goos}-{wish.goarch}")
    if not os.access(program, os.X_OK):
        draft = f"{program}.{os.getpid()}"
        with tempfile.TemporaryDirectory(prefix="gomend-control-") as folder:
            source = os.path.join(folder, "main.go")
            write_whole(source, _CONTROL.encode())
            env = {"GOOS": wish.goos, "GOARCH": wish.goarch, "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"}
            built = await doors.runner.run(Cmd(argv=("go", "build", "-o", draft, source), cwd=folder, env=env, timeout=600))
        if not built.ok:
            return f"a control program could not be built: {built.why}"
        os.replace(draft, program)
    ran = await doors.runner.run(Cmd(argv=(emulator, program), cwd=home, timeout=60))
    return "" if ran.ok else f"{os.path.basename(emulator)} does not even run a Go program without C ({ran.why})"


async def _library_fails(doors: Doors, ran: Ran, emulator: tuple[str, ...], folder: str | None, info: BinaryInfo) -> str:
    """Why a signal proves nothing: the C library, which is a program too, is ended by one under this emulator (LoongArch's vectors in qemu 7.2)."""
    if ran.exit is None or ran.exit >= 0 or folder is None or not info.interpreter:
        return ""
    place = glob.glob(f"{glob.escape(folder)}/**/{_LIBC}", recursive=True)
    if not place:
        return ""
    alone = await doors.runner.run(Cmd(argv=(*emulator, f"{folder}{info.interpreter}", place[0]), cwd=folder, timeout=60))
    return f"{os.path.basename(emulator[0])} does not even run this C library ({alone.why})" if (alone.exit or 0) < 0 else ""


async def _run(doors: Doors, by: str, argv: tuple[str, ...]) -> Ran:
    with tempfile.TemporaryDirectory(prefix="gomend-start-") as folder:
        done = await doors.runner.run(Cmd(argv=argv, cwd=folder, timeout=_STARTED))
    timed_out = done.problem and done.exit is not None and done.exit < 0
    said = next((line for line in reversed((done.stderr or done.stdout).splitlines()) if line.strip()), "")
    exit_code = None if timed_out else done.exit if done.exit is not None else 127
    refused = _LACKED.search(done.stderr) is not None and exit_code == 1
    return Ran(by=by, exit=exit_code, said=said.strip()[:300] or done.problem, refused=refused)
