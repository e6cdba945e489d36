"""Names of targets: Go's GOOS/GOARCH pairs and the machine triples of C compilers.

Sources: Go's ``go tool dist list``, GNU config.guess, Debian's multiarch tuples, ``zig targets``.
"""

from __future__ import annotations

import re
from typing import Final

from gomend.model.base import Thing

GNU_CPU: Final = {
    "amd64": "x86_64",
    "386": "i686",
    "arm64": "aarch64",
    "arm": "arm",
    "riscv64": "riscv64",
    "ppc64le": "powerpc64le",
    "ppc64": "powerpc64",
    "s390x": "s390x",
    "loong64": "loongarch64",
    "mips": "mips",
    "mipsle": "mipsel",
    "mips64": "mips64",
    "mips64le": "mips64el",
}
"""First word of a GNU triple by GOARCH."""
_ARCHS: Final = (
    (re.compile(r"x86_64|amd64"), "amd64"),
    (re.compile(r"i[3-6]86|x86"), "386"),
    (re.compile(r"aarch64|arm64\w*"), "arm64"),
    (re.compile(r"arm(v\d\w*)?|thumbv\d\w*"), "arm"),
    (re.compile(r"powerpc64le|ppc64le"), "ppc64le"),
    (re.compile(r"powerpc64|ppc64"), "ppc64"),
    (re.compile(r"mips64el|mips64r6el|mipsisa64r6el"), "mips64le"),
    (re.compile(r"mips64|mipsisa64r6"), "mips64"),
    (re.compile(r"mipsel|mipsisa32r6el"), "mipsle"),
    (re.compile(r"mips|mipsisa32r6"), "mips"),
    (re.compile(r"riscv64\w*"), "riscv64"),
    (re.compile(r"s390x"), "s390x"),
    (re.compile(r"loongarch64|loong64"), "loong64"),
)
_SYSTEMS: Final = (
    ("android", "android"),
    ("linux", "linux"),
    ("darwin", "darwin"),
    ("macos", "darwin"),
    ("apple", "darwin"),
    ("mingw", "windows"),
    ("w64", "windows"),
    ("windows", "windows"),
    ("cygwin", "windows"),
    ("freebsd", "freebsd"),
    ("netbsd", "netbsd"),
    ("openbsd", "openbsd"),
)
_GNU_ABI: Final = {"arm": "gnueabihf", "mips64": "gnuabi64", "mips64le": "gnuabi64"}
_SWITCHED: Final = {"amd64": "386", "386": "amd64", "ppc64": "ppc64le", "ppc64le": "ppc64"}
"""One gcc makes code for both, with -m64 and -m32, which go passes itself."""


class Machine(Thing, frozen=True):
    """What a compiler says that it makes code for (``-dumpmachine``)."""

    triple: str
    goos: str
    """Empty if the triple names no system that Go knows (``none``, ``elf``)."""
    goarch: str

    def fits(self, goos: str, goarch: str) -> bool:
        """Whether go can use this compiler for a target."""
        if self.goos == "darwin" and goos in {"darwin", "ios"}:
            return True  # Apple's clang makes code for each of its CPUs by -arch, which go passes
        return self.goos == goos and goarch in {self.goarch, _SWITCHED.get(self.goarch, "")}


def parse(triple: str) -> Machine | None:
    """Read a triple, None if its first word is no CPU that Go knows."""
    words = triple.strip().lower().split("-")
    goarch = next((name for pattern, name in _ARCHS if pattern.fullmatch(words[0])), None)
    if goarch is None or len(words) < 2:
        return None
    rest = "-".join(words[1:])
    goos = next((name for mark, name in _SYSTEMS if mark in rest), "")
    return Machine(triple=triple.strip(), goos=goos, goarch=goarch)


def gnu_triple(goos: str, goarch: str) -> str | None:
    """Debian's multiarch tuple of a target (``aarch64-linux-gnu``), MinGW's for Windows, None for others."""
    cpu = GNU_CPU.get(goarch)
    if cpu is None:
        return None
    if goos == "windows" and goarch in {"amd64", "386"}:
        return f"{cpu}-w64-mingw32"
    if goos != "linux":
        return None
    cpu = {"powerpc64le": "powerpc64le", "i686": "i686"}.get(cpu, cpu)
    return f"{cpu}-linux-{_GNU_ABI.get(goarch, 'gnu')}"


def cross_gcc_names(goos: str, goarch: str) -> tuple[str, ...]:
    """Names under which distributions install a C compiler for a target, most usual first."""
    cpu = GNU_CPU.get(goarch)
    gnu = gnu_triple(goos, goarch)
    if goos == "darwin":
        return ("oa64-clang",) if goarch == "arm64" else ("o64-clang",) if goarch == "amd64" else ()
    if gnu is None or cpu is None:
        return ()
    if goos == "windows":
        return (f"{gnu}-gcc",)
    abi = _GNU_ABI.get(goarch, "gnu")
    musl = "musleabihf" if goarch == "arm" else "musl"
    return (f"{gnu}-gcc", f"{cpu}-unknown-linux-{abi}-gcc", f"{cpu}-linux-{musl}-gcc", f"{cpu}-alpine-linux-{musl}-gcc")


def debian_package(goos: str, goarch: str) -> str | None:
    """Debian and Ubuntu package with the C compiler for a target."""
    gnu = gnu_triple(goos, goarch)
    if gnu is None:
        return None
    if goos == "windows":
        return "gcc-mingw-w64-x86-64" if goarch == "amd64" else "gcc-mingw-w64-i686"
    return f"gcc-{gnu.replace('x86_64', 'x86-64')}"


def zig_target(goos: str, goarch: str, *, glibc: str | None = None) -> str | None:
    """The ``-target`` of ``zig cc``: musl on Linux, or glibc of at least the version given. None if zig has none."""
    cpu = {"386": "x86", "arm": "arm", "loong64": "loongarch64"}.get(goarch, GNU_CPU.get(goarch))
    if cpu is None:
        return None
    if goos == "linux":
        hard = "eabihf" if goarch == "arm" else ""
        return f"{cpu}-linux-gnu{hard}.{glibc}" if glibc else f"{cpu}-linux-musl{hard}"
    if goos == "windows":
        return f"{cpu}-windows-gnu"
    if goos == "darwin":
        return f"{cpu}-macos"
    return None


_LA64: Final = "generic_la64+d"
"""Every 64-bit LoongArch with a floating-point unit, as Go takes it; zig's usual one has LSX, and others end with SIGILL."""
_IEEE128: Final = (2, 32)
"""First glibc with functions for the ``long double`` that zig's clang gives to ppc64le (``__fprintfieee128``)."""


def zig_flags(goarch: str, glibc: str | None) -> tuple[str, ...]:
    """What ``zig cc`` needs to be told beside its target, for a CPU and (with glibc) its oldest version."""
    if goarch == "loong64":
        return (f"-mcpu={_LA64}",)
    if goarch == "ppc64le" and glibc and tuple(map(int, glibc.split("."))) < _IEEE128:
        return ("-mabi=ibmlongdouble",)
    return ()


def pkg_config_folders(goos: str, goarch: str) -> tuple[str, ...]:
    """Where distributions keep .pc files for a target (Debian multiarch, then the cross compiler's own folder)."""
    gnu = gnu_triple(goos, goarch) or f"{goarch}-{goos}"
    return (f"/usr/lib/{gnu}/pkgconfig", f"/usr/{gnu}/lib/pkgconfig")
