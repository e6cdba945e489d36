"""Reads the data files, each once a process."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import msgspec

from gomend.model.base import Thing


class Library(Thing, frozen=True):
    """A C library: what names it in sources, and the packages that have its headers."""

    name: str
    headers: tuple[str, ...] = ()
    """Headers as ``#include`` names them; one that ends in ``/`` stands for every header below it."""
    pkg_config: tuple[str, ...] = ()
    libs: tuple[str, ...] = ()
    """Names after ``-l``."""
    debian: str = ""
    alpine: str = ""
    fedora: str = ""
    homebrew: str = ""
    vcpkg: str = ""
    verified: tuple[str, ...] = ()
    """Distributions whose name was compared with the distribution's own list of files."""


class Libraries(msgspec.Struct, frozen=True, rename={"schema_": "schema"}):
    """``libraries.json``."""

    schema_: str
    provenance: dict[str, str]
    libraries: tuple[Library, ...]


class Alternative(Thing, frozen=True):
    """A module without C that can stand in for one with C, and where that is said."""

    module: str
    instead: str
    note: str
    source: str


class Alternatives(msgspec.Struct, frozen=True, rename={"schema_": "schema"}):
    """``alternatives.json``."""

    schema_: str
    provenance: str
    alternatives: tuple[Alternative, ...]


class Libc(msgspec.Struct, frozen=True, rename={"schema_": "schema"}):
    """``libc.json``: symbols of glibc by CPU and the version that has them first, symbols of musl, headers of both."""

    schema_: str
    provenance: dict[str, str]
    glibc: dict[str, dict[str, tuple[str, ...]]]
    musl: frozenset[str]
    headers: dict[str, frozenset[str]]


def _read(name: str) -> bytes:
    return files("gomend.cgo.data").joinpath(name).read_bytes()


@lru_cache(maxsize=1)
def libraries() -> tuple[Library, ...]:
    """Every library."""
    return msgspec.json.decode(_read("libraries.json"), type=Libraries).libraries


@lru_cache(maxsize=1)
def alternatives() -> dict[str, Alternative]:
    """By module path."""
    found = msgspec.json.decode(_read("alternatives.json"), type=Alternatives).alternatives
    return {a.module: a for a in found}


@lru_cache(maxsize=1)
def libc() -> Libc:
    """The C libraries."""
    return msgspec.json.decode(_read("libc.json"), type=Libc)


@lru_cache(maxsize=4)
def glibc_since(goarch: str) -> dict[str, str]:
    """The glibc version that has a symbol first, by symbol; CPUs other than arm64 are read from amd64's table."""
    table = libc().glibc.get(goarch) or libc().glibc["amd64"]
    return {name: version for version, names in table.items() for name in names}


@lru_cache(maxsize=1)
def _by_header() -> dict[str, Library]:
    return {header: library for library in reversed(libraries()) for header in library.headers}


@lru_cache(maxsize=1)
def _by_lib() -> dict[str, Library]:
    return {name: library for library in reversed(libraries()) for name in library.libs}


@lru_cache(maxsize=1)
def _by_pkg_config() -> dict[str, Library]:
    return {name: library for library in reversed(libraries()) for name in library.pkg_config}


def of_header(header: str) -> Library | None:
    """The library that a header belongs to."""
    found = _by_header().get(header)
    while found is None and "/" in header:
        header = header.rstrip("/").rpartition("/")[0]
        found = _by_header().get(f"{header}/") if header else None
    return found


def of_lib(name: str) -> Library | None:
    """The library that ``-lNAME`` means."""
    return _by_lib().get(name)


def of_pkg_config(name: str) -> Library | None:
    """The library that a pkg-config name means."""
    return _by_pkg_config().get(name)


def system_header(header: str) -> str:
    """``libc``, ``glibc`` (musl has it not), ``linux`` (of the kernel), or empty for a header of neither."""
    headers = libc().headers
    if header in headers["musl"] or header in _COMPILER_HEADERS or header.startswith(("c++/", "bits/")):
        return "libc"
    if header in headers["glibc"]:
        return "glibc"
    return "linux" if header.split("/", maxsplit=1)[0] in headers["linux"] else ""


_COMPILER_HEADERS = frozenset(
    [
        *("stddef.h", "stdarg.h", "stdbool.h", "stdint.h", "limits.h", "float.h", "iso646.h", "stdalign.h", "stdnoreturn.h"),
        *("stdatomic.h", "tgmath.h", "varargs.h", "unwind.h", "cpuid.h", "omp.h", "arm_neon.h", "arm_acle.h", "arm_sve.h"),
        *("immintrin.h", "x86intrin.h", "emmintrin.h", "xmmintrin.h", "mmintrin.h", "pmmintrin.h", "tmmintrin.h"),
        *("smmintrin.h", "nmmintrin.h", "wmmintrin.h", "ammintrin.h", "avxintrin.h", "avx2intrin.h", "intrin.h", "altivec.h"),
    ]
)
