"""One target's toolchain as a row: what CC is, what it makes, which C library it links, what pkg-config asks."""

from __future__ import annotations

import os

from gomend.binary import elf
from gomend.binary.info import BinaryError
from gomend.cgo.doctor.hellos import Hello, Tools, hellos
from gomend.cgo.facts.builds import environment
from gomend.cgo.facts.compilers import Compiler, Offer, look
from gomend.cgo.facts.targets import Target
from gomend.cgo.preflight.searching import linked_glibc
from gomend.model.base import Thing
from gomend.ports.doors import Doors
from gomend.ports.files import FileProblem
from gomend.ports.processes import Cmd


class Toolchain(Thing, frozen=True):
    """What was learned of one target's C toolchain."""

    target: str
    cgo: bool
    cgo_from: str
    """Where CGO_ENABLED comes from: ``environment``, ``go env -w``, an env file, ``default``."""
    cross: bool
    cc: str
    cxx: str
    offered: bool = False
    """CC is not what go would use now, but a compiler on this machine that could serve this target."""
    path: str = ""
    """Where CC's program is, links followed; empty if it is not there."""
    script: str = ""
    """The first line of CC's program, if it is a script (a wrapper)."""
    makes: str = ""
    """``-dumpmachine``."""
    version: str = ""
    sysroot: str = ""
    """``-print-sysroot``, or the option in CC."""
    crt1: str = ""
    """Where crt1.o is taken from."""
    crt1_arch: str = ""
    libc: str = ""
    """``glibc 2.36``, ``musl`` … empty if it could not be told."""
    problem: str = ""
    pkg_config: str = ""
    """Program and version; empty if it is not there."""
    pkg_config_path: str = ""
    """The folders that it searches."""
    hellos: tuple[Hello, ...] = ()


async def examine(doors: Doors, target: Target, offer: Offer | None, *, host: tuple[str, str], build: bool) -> Toolchain:
    """Ask the compiler and pkg-config of one target; ``build`` also makes and runs programs."""
    given = target["CC"]
    offered = False
    cc, cxx = given, target["CXX"]
    compiler = await look(doors, given)
    unfit = compiler.machine is None or not compiler.machine.fits(target.goos, target.goarch)
    if unfit and offer is not None and (target.cross or compiler.path is None) and target.origin("CC") == "default":
        cc, cxx, offered = offer.cc, offer.cxx or _cxx(offer), True
        compiler = await look(doors, cc)
    crt1, arch = await _crt1(doors, target, compiler)
    program, folders = await _pkg_config(doors, target)
    made: tuple[Hello, ...] = ()
    if build and compiler.path:
        made = await hellos(doors, target, Tools(cc=cc, cxx=cxx, env=environment(target)), host=host)
    return Toolchain(
        target=target.name,
        cgo=target.cgo,
        cgo_from=target.origin("CGO_ENABLED"),
        cross=target.cross,
        cc=cc,
        cxx=cxx,
        offered=offered,
        path=os.path.realpath(compiler.path) if compiler.path and doors.runner.live else compiler.path or "",
        script=_script(doors, compiler.path),
        makes=compiler.machine.triple if compiler.machine else "",
        version=await _line(doors, compiler, "--version"),
        sysroot=next((w.partition("=")[2] for w in compiler.words if w.startswith("--sysroot=")), ""),
        crt1=crt1,
        crt1_arch=arch,
        libc=await _libc(doors, compiler, made),
        problem=compiler.problem if compiler.path else "",
        pkg_config=program,
        pkg_config_path=folders,
        hellos=made,
    )


def _cxx(offer: Offer) -> str:
    """The name that the C++ compiler beside a C compiler would have."""
    return offer.cc.removesuffix("gcc") + "g++" if offer.cc.endswith("gcc") else f"{offer.cc}++"


async def _line(doors: Doors, compiler: Compiler, option: str) -> str:
    if not compiler.path or compiler.problem:
        return ""
    done = await doors.runner.run(Cmd(argv=(*compiler.words, option), env={"LC_ALL": "C"}, timeout=20))
    return done.stdout.strip().split("\n")[0][:120] if done.ok else ""


async def _crt1(doors: Doors, target: Target, compiler: Compiler) -> tuple[str, str]:
    if not compiler.path or compiler.problem or compiler.zig or target.goos != "linux":
        return "", ""
    mode = {"386": ("-m32",), "amd64": ("-m64",)}.get(target.goarch, ())
    done = await doors.runner.run(Cmd(argv=(*compiler.words, *mode, "-print-file-name=crt1.o"), timeout=20))
    path = os.path.normpath(done.stdout.strip()) if done.ok and "/" in done.stdout else ""
    try:
        raw = doors.files.read(path) if path else None
        return path, elf.inspect(raw).arch if raw else ""
    except (BinaryError, FileProblem):
        return path, ""


async def _libc(doors: Doors, compiler: Compiler, made: tuple[Hello, ...]) -> str:
    """What is linked: told by the compiler's own words for zig, else by the libc.so.6 that it names, else by what it made."""
    if not compiler.path or compiler.problem:
        return ""
    words = " ".join(compiler.words)
    if compiler.musl or "musl" in words:
        return "musl"
    if compiler.glibc:
        return f"glibc {compiler.glibc}"
    if not compiler.zig:
        version = await linked_glibc(doors, compiler)
        if version:
            return f"glibc {version}"
    found = next((h.info.libc for h in made if h.info and h.info.libc), "")
    system = {"windows": "mingw-w64", "darwin": "libSystem"}.get(compiler.machine.goos if compiler.machine else "", "")
    return found or system


def _script(doors: Doors, path: str | None) -> str:
    if not path:
        return ""
    try:
        entry = doors.files.entry(os.path.realpath(path) if doors.runner.live else path)
        raw = doors.files.read(path) if entry is not None and entry.size < 65536 else None
    except FileProblem:
        return ""
    return raw.split(b"\n")[0].decode(errors="replace")[:80] if raw and raw[:2] == b"#!" else ""


async def _pkg_config(doors: Doors, target: Target) -> tuple[str, str]:
    program = target["PKG_CONFIG"] or "pkg-config"
    if doors.runner.which(program.split()[0]) is None:
        return "", ""
    laid = {n: target[n] for n in ("PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "PKG_CONFIG_SYSROOT_DIR") if target[n]}
    version = await doors.runner.run(Cmd(argv=(program, "--version"), env=laid, timeout=20))
    folders = await doors.runner.run(Cmd(argv=(program, "--variable=pc_path", "pkg-config"), env=laid, timeout=20))
    listed = laid.get("PKG_CONFIG_LIBDIR") or folders.stdout.strip()
    return f"{program} {version.stdout.strip()}" if version.ok else "", listed[:400]
