"""The C toolchains on this machine that can make what is wished for, best first, and why the others cannot."""

from __future__ import annotations

import importlib.util
import os
import re
from typing import Final

import msgspec

from gomend.binary.elf import version_key
from gomend.cgo import quoting, triples
from gomend.cgo.build.things import Needs, Toolchain
from gomend.cgo.build.wish import Refused, Wish
from gomend.ports.doors import Doors
from gomend.ports.processes import Cmd

_VERSION: Final = re.compile(r"\d+(?:\.\d+)*")
_MACROS: Final = re.compile(r"gomend:\s*(\d+)\s+(\d+)")
_ZIG_OLDEST: Final = {"riscv64": "2.27", "loong64": "2.36", "ppc64le": "2.19"}
"""The oldest glibc that zig links for a CPU, where it is not :data:`_OLDEST`; before that the CPU had none, or zig's stubs lack it."""
_OLDEST: Final = "2.17"
_LAUNCHERS: Final = frozenset({"ccache", "sccache", "distcc", "icecc"})
"""Programs that stand before a compiler in CC."""
_ARM: Final = {"5": "arm926ej_s", "6": "arm1176jzf_s"}
"""GOARM → zig's name of the CPU; its target without one is ARMv7 with NEON, and a program with it ends with SIGILL on a Raspberry Pi 1."""


async def find(doors: Doors, wish: Wish, needs: Needs) -> Toolchain:
    """The best toolchain.

    Raises:
        Refused: there is none; the details say what each lacks and what to install.
    """
    lacks: dict[str, str] = {}
    if not wish.toolchain and (own := await _own(doors, wish)) is not None:
        why = own if isinstance(own, str) else _unfit(own.kind, wish, needs) or _no_cxx(own, needs)
        if isinstance(own, Toolchain) and not why:
            return own
        lacks["CC"] = why
    for kind in _order(wish):
        if wish.toolchain and kind != wish.toolchain:
            continue
        if why := _unfit(kind, wish, needs):
            lacks[kind] = why
            continue
        found = await _LOOK[kind](doors, wish)
        if kind == "zig" and isinstance(found, Toolchain) and needs.libstdcxx:
            found = await _with_gnu_cxx(doors, wish, needs, found)
        if isinstance(found, Toolchain) and (why := _no_cxx(found, needs)):
            found = why
        if isinstance(found, Toolchain):
            return found
        lacks[kind] = found
    raise Refused("no-toolchain", target=wish.target, lacks="; ".join(f"{k}: {v}" for k, v in lacks.items()))


def _order(wish: Wish) -> tuple[str, ...]:
    """Compilers of the system itself come first where they can do it: their libraries are the ones that are installed."""
    if wish.goos == "linux" and wish.libc == "musl":
        return "zig", "musl-gcc", "gcc"
    if wish.goos == "darwin":
        return "clang", "zig"
    return "gcc", "zig", "clang"


def _unfit(kind: str, wish: Wish, needs: Needs) -> str:
    if kind == "zig":
        if needs.libstdcxx and wish.libc != "glibc":
            return f"{needs.libstdcxx} was made with GNU's C++ library, and zig links LLVM's"
        if wish.libc == "glibc" and wish.link == "static":
            return "it has no static glibc"
    if wish.libc == "musl" and needs.glibc_only:
        return f"{needs.glibc_only} links with glibc only"
    if kind == "musl-gcc" and needs.cxx:
        return "it has no C++"
    if kind == "musl-gcc" and needs.kernel_headers:
        return "it has no kernel headers"
    return ""


def _no_cxx(found: Toolchain, needs: Needs) -> str:
    """Go would take this machine's g++ where CXX says nothing, for any target."""
    if not needs.cxx or found.kind == "zig" or found.cxx:
        return ""
    return f"{os.path.basename(found.cc)} has no C++ compiler beside it"


async def _own(doors: Doors, wish: Wish) -> Toolchain | str | None:
    """The compiler that the caller's CC names, with what stands before it (ccache, sccache) and behind it; None if it names none."""
    words = quoting.split(doors.environ.variables.get("CC", ""))
    at = next((i for i, word in enumerate(words) if os.path.basename(word) not in _LAUNCHERS), None)
    if at is None:
        return None
    kind = "clang" if "clang" in os.path.basename(words[at]) else "gcc"
    found = await _asked(doors, wish, kind, words[at])
    if isinstance(found, str):
        return found
    cxx = quoting.split(doors.environ.variables.get("CXX", ""))
    named = next((word for word in cxx if os.path.basename(word) not in _LAUNCHERS), None)
    return msgspec.structs.replace(
        found, before=words[:at], after=words[at + 1 :], cxx=(doors.runner.which(named) or "") if named else found.cxx
    )


async def _zig(doors: Doors, wish: Wish) -> Toolchain | str:
    program = zig(doors)
    if program is None:
        return "not installed (pip install 'gomend[zig]')"
    floor = ""
    if wish.libc == "glibc":
        oldest = _ZIG_OLDEST.get(wish.goarch, _OLDEST)
        floor = wish.floor or oldest
        if version_key(floor) < version_key(oldest):
            return f"the oldest glibc it has for {wish.goarch} is {oldest}"
    target = triples.zig_target(wish.goos, wish.goarch, glibc=floor or None)
    if target is None:
        return f"it has no target {wish.target}"
    done = await doors.runner.run(Cmd(argv=(program, "version"), timeout=60))
    if not done.ok:
        return done.why
    flags: list[str] = []
    if wish.goarch == "arm":
        asked = await doors.runner.run(Cmd(argv=("go", "env", "GOARM"), env={"GOOS": wish.goos, "GOARCH": "arm"}, timeout=60))
        version, _, soft = asked.stdout.strip().partition(",")
        if version in _ARM:
            flags.append(f"-mcpu={_ARM[version]}")
        if version == "5" or soft == "softfloat":
            target = target.replace("eabihf", "eabi")
    flags += triples.zig_flags(wish.goarch, floor)
    return Toolchain(kind="zig", version=done.stdout.strip(), cc=program, target=target, flags=tuple(flags), glibc=floor)


async def _with_gnu_cxx(doors: Doors, wish: Wish, needs: Needs, found: Toolchain) -> Toolchain | str:
    """Zig with the archive of GNU's C++ library that a gcc for the target has beside it."""
    native = (wish.goos, wish.goarch) == (doors.environ.system, doors.environ.machine)
    for name in ("gcc",) if native else triples.cross_gcc_names(wish.goos, wish.goarch)[:1]:
        if doors.runner.which(name):
            done = await doors.runner.run(Cmd(argv=(name, "-print-file-name=libstdc++.a"), timeout=30))
            if os.path.isabs(done.stdout.strip()):
                return msgspec.structs.replace(found, gnu_cxx=os.path.realpath(done.stdout.strip()))
    package = triples.debian_package(wish.goos, wish.goarch) or ""
    return f"{needs.libstdcxx} was made with GNU's C++ library; install its archive (apt-get install {package.replace('gcc', 'g++', 1)})"


def zig(doors: Doors) -> str | None:
    """The zig on PATH, else the one of the wheel."""
    return doors.runner.which("zig") or _wheel()


def _wheel() -> str | None:
    """The program inside the ziglang wheel beside gomend: a Python start less for each call than ``python -m ziglang``."""
    spec = importlib.util.find_spec("ziglang")
    path = os.path.join(os.path.dirname(spec.origin), "zig") if spec and spec.origin else ""
    return path if os.access(path, os.X_OK) else None


async def _gcc(doors: Doors, wish: Wish) -> Toolchain | str:
    native = (wish.goos, wish.goarch) == (doors.environ.system, doors.environ.machine)
    names = ("gcc",) if native else triples.cross_gcc_names(wish.goos, wish.goarch)
    musl = wish.libc == "musl"
    names = tuple(n for n in names if ("musl" in n) == musl or (native and not wish.libc))
    if musl and native:
        names = (*triples.cross_gcc_names(wish.goos, wish.goarch)[2:], "gcc")
    for name in names:
        if doors.runner.which(name):
            return await _asked(doors, wish, "gcc", name)
    package = triples.debian_package(wish.goos, wish.goarch)
    return f"not installed (apt-get install {package})" if package and not musl else "not installed"


async def _clang(doors: Doors, wish: Wish) -> Toolchain | str:
    native = (wish.goos, wish.goarch) == (doors.environ.system, doors.environ.machine)
    names = ("clang",) if native else tuple(n for n in triples.cross_gcc_names(wish.goos, wish.goarch) if n.endswith("clang"))
    for name in names:
        if doors.runner.which(name):
            return await _asked(doors, wish, "clang", name)
    return "not installed"


async def _musl_gcc(doors: Doors, wish: Wish) -> Toolchain | str:
    if (wish.goos, wish.goarch) != (doors.environ.system, doors.environ.machine):
        return "it only makes programs for this machine"
    if doors.runner.which("musl-gcc") is None:
        return "not installed (apt-get install musl-tools)"
    return await _asked(doors, wish, "musl-gcc", "musl-gcc")


async def _asked(doors: Doors, wish: Wish, kind: str, name: str) -> Toolchain | str:
    path = doors.runner.which(name) or name
    dumped = await doors.runner.run(Cmd(argv=(path, "-dumpfullversion", "-dumpversion"), timeout=30))
    machine = await doors.runner.run(Cmd(argv=(path, "-dumpmachine"), timeout=30))
    made = triples.parse(machine.stdout)
    if made is None or not made.fits(wish.goos, wish.goarch):
        return f"{name} makes code for {machine.stdout.strip() or machine.why}"
    if wish.libc == "musl" and kind == "gcc" and "musl" not in made.triple:
        return f"{name} links with glibc"
    glibc = ""
    if wish.goos == "linux" and wish.libc == "glibc":
        asked = await doors.runner.run(
            Cmd(argv=(path, "-E", "-P", "-x", "c", "-"), stdin="#include <features.h>\ngomend: __GLIBC__ __GLIBC_MINOR__\n")
        )
        match = _MACROS.search(asked.stdout)
        if not match:
            return f"{name} finds no glibc headers"
        glibc = f"{match[1]}.{match[2]}"
        if wish.floor and wish.link == "dynamic" and version_key(glibc) > version_key(wish.floor):
            return f"{name} links against glibc {glibc}"
    native = made.goarch == doors.environ.machine and made.goos == doors.environ.system
    root = "" if native else f"/usr/{triples.gnu_triple(wish.goos, wish.goarch)}"
    base = os.path.basename(path)
    cxx = base.removesuffix("gcc") + "g++" if base.endswith("gcc") else f"{base}++"
    found = _VERSION.search(dumped.stdout)
    return Toolchain(
        kind=kind,
        version=found[0] if found else "?",
        cc=path,
        cxx=(doors.runner.which(cxx) or "") if kind != "musl-gcc" else "",
        glibc=glibc,
        root=root,
    )


_LOOK: Final = {"zig": _zig, "gcc": _gcc, "clang": _clang, "musl-gcc": _musl_gcc}
