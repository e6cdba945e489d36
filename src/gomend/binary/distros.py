"""Which C library a system has, and why a binary would not start there. The systems are data: ``systems.json``, with their sources."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from gomend.binary.elf import glibc_of, version_key
from gomend.binary.info import BinaryInfo
from gomend.model.base import Thing
from gomend.model.text import Said, say, text


class Distro(Thing, frozen=True):
    """A system that binaries run on. ``libc`` is ``glibc``, ``musl``, ``uclibc`` or ``none``; ``version`` that of the library."""

    name: str
    libc: str
    version: str = ""
    glibcxx: str = ""
    """Highest ``GLIBCXX_x.y.z`` of its libstdc++, empty if not known."""
    cxxabi: str = ""
    always: tuple[str, ...] = ()
    """Libraries that even its smallest usual image has; empty if not known."""


class _Version(Thing, frozen=True):
    libc: str
    glibcxx: str = ""
    cxxabi: str = ""
    proof: str = ""


class Family(Thing, frozen=True):
    """The releases of one system, as ``systems.json`` has them."""

    family: str
    libc: str
    source: str
    always: tuple[str, ...]
    versions: dict[str, _Version]
    aliases: tuple[str, ...] = ()
    code_names: dict[str, str] = {}
    variants: dict[str, str] = {}
    """Versions whose C library is another one."""


class _Systems(Thing, frozen=True):
    about: str
    written: str
    families: tuple[Family, ...]


_NUMBER: Final = re.compile(r"\d+(?:\.\d+)*")

COMMON: Final = (
    "debian:11",
    "debian:12",
    "ubuntu:20.04",
    "ubuntu:22.04",
    "ubuntu:24.04",
    "rhel:8",
    "rhel:9",
    "alpine:3.20",
    "scratch",
)
"""Systems that ``binary inspect`` answers for unless it is asked about others."""

_WRONG_CPU = text("binary.runs.cpu", "it is made for {arch}, and the system has {machine}")
_NOT_LINUX = text("binary.runs.format", "it is a {format} file, which Linux does not run")
_NO_LOADER = text("binary.runs.interpreter", "its interpreter {interpreter} does not exist on {distro}")
_NO_LIBRARY = text("binary.runs.library", "it needs {library}, which {distro} does not have")
_OLD = text("binary.runs.glibc", "it needs glibc {needed}, and {distro} has {version}")
_OLD_CXX = text("binary.runs.glibcxx", "it needs {needed}, and the libstdc++ of {distro} ends at {version}")


@lru_cache(maxsize=1)
def families() -> tuple[Family, ...]:
    """All systems that gomend knows."""
    raw = (Path(__file__).parent / "systems.json").read_bytes()
    return msgspec.json.decode(raw, type=_Systems).families


def names() -> tuple[str, ...]:
    """Every system by name, ``debian:9`` … ``scratch``."""
    return tuple(f.family if f.libc == "none" else f"{f.family}:{version}" for f in families() for version in f.versions)


def find(name: str) -> Distro | None:
    """The system that a name such as ``debian:11-slim``, ``registry.example.com/alpine:3.20`` or ``glibc:2.28`` means."""
    image, _, tag = name.strip().lower().split("@")[0].rpartition(":")
    image, tag = (image, tag) if image else (tag, "")
    words = image.split("/")
    if words[-1] in {"glibc", "musl"}:
        return Distro(name=name, libc=words[-1], version=tag)
    for short in ("/".join(words[-2:]), *reversed(words)):
        family, release = _family(short)
        if family is not None:
            return _release(name, family, release or tag)
    return None


def _family(short: str) -> tuple[Family | None, str]:
    """The family of an image's name; names such as ``ubi9`` and ``base-debian12`` end in the release."""
    for family in families():
        if short == family.family or short in family.aliases:
            return family, ""
    match = re.fullmatch(r"(ubi)(\d+)(?:-minimal|-micro|-init)?|(?:distroless/)?(static|base-nossl|base|cc)-(debian\d+)", short)
    if match is None:
        return None, ""
    return _family(match[1] or f"distroless/{match[3]}")[0], match[2] or match[4]


def _release(name: str, family: Family, tag: str) -> Distro | None:
    if family.libc == "none":
        return Distro(name=name, libc="none")
    tag = tag or "latest"
    tag = next((t for part in (tag, *tag.split("-")) if (t := family.code_names.get(part, part)) in family.versions), tag)
    number = _NUMBER.match(tag)
    parts = (number[0] if number else tag).split(".")
    tries = (tag, number[0] if number else tag, ".".join(parts[:2]), parts[0])
    version = next((v for v in tries if v in family.versions), None)
    if version is None:
        if family.libc == "musl":  # any of its releases has it, and what counts is which library it is
            return Distro(name=name, libc="musl")
        return None
    found = family.versions[version]
    libc = family.variants.get(version, family.libc)
    always = family.always if libc == family.libc else ()
    return Distro(name=name, libc=libc, version=found.libc, glibcxx=found.glibcxx, cxxabi=found.cxxabi, always=always)


def why_not(info: BinaryInfo, distro: Distro, machine: str | None = None) -> Said | None:
    """Why a binary does not start on a system (of a CPU, if given), None if nothing speaks against it."""
    if info.format != "elf":
        return say(_NOT_LINUX, format={"macho": "Mach-O", "pe": "PE"}.get(info.format, info.format))
    if machine and machine not in info.arch.split(","):
        return say(_WRONG_CPU, arch=info.arch, machine=machine)
    if info.interpreter and (distro.libc == "none" or (info.libc or "") not in {distro.libc, ""}):
        return say(_NO_LOADER, interpreter=info.interpreter, distro=distro.name)
    if distro.libc == "none" and info.needed:
        return say(_NO_LIBRARY, library=info.needed[0], distro=distro.name)
    if distro.libc == "glibc" and info.glibc_min and distro.version and above(info.glibc_min, distro.version):
        return say(_OLD, needed=info.glibc_min, distro=distro.name, version=distro.version)
    return _old_cxx(info, distro)


def _old_cxx(info: BinaryInfo, distro: Distro) -> Said | None:
    asked = [version for versions in info.versions.values() for version in versions]
    for prefix, has in (("GLIBCXX_", distro.glibcxx), ("CXXABI_", distro.cxxabi)):
        needed = highest(asked, prefix)
        if needed and has and above(needed, has):
            return say(_OLD_CXX, needed=f"{prefix}{needed}", distro=distro.name, version=f"{prefix}{has}")
    return None


def to_install(info: BinaryInfo, distro: Distro) -> tuple[str, ...]:
    """Libraries that it needs and that the system's smallest usual image lacks: they must be installed there."""
    if info.format != "elf" or distro.libc == "none" or not distro.always:
        return ()
    return tuple(name for name in info.needed if name not in distro.always and not name.startswith(("ld-linux", "ld64.so")))


def above(one: str, other: str) -> bool:
    """Whether a dotted version is higher than another."""
    return version_key(one) > version_key(other)


def highest(versions: list[str], prefix: str) -> str | None:
    """The highest number among symbol versions with a prefix (``GLIBCXX_``, ``CXXABI_``, ``GCC_``, ``GLIBC_``), without it."""
    if prefix == "GLIBC_":
        found = [number for v in versions if (number := glibc_of(v))]
    else:
        rest = [v.removeprefix(prefix) for v in versions if v.startswith(prefix)]
        found = [number for number in rest if _NUMBER.fullmatch(number)]
    return max(found, key=version_key, default=None)
