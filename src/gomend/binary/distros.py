"""Which C library a system has, and why a binary would not start there.

Sources: the libc6, glibc and musl packages of each release (packages.debian.org, packages.ubuntu.com, the release notes of
Red Hat Enterprise Linux, Amazon Linux, openSUSE and openEuler, pkgs.alpinelinux.org), read in 2025 and 2026.
"""

from __future__ import annotations

import re
from typing import Final

from gomend.binary.elf import version_key
from gomend.binary.info import BinaryInfo
from gomend.model.base import Thing
from gomend.model.text import Said, say, text


class Distro(Thing, frozen=True):
    """A system that binaries run on. ``libc`` is ``glibc``, ``musl`` or ``none``; ``version`` that of the library."""

    name: str
    libc: str
    version: str = ""


_GLIBC: Final = {
    "debian": {"10": "2.28", "11": "2.31", "12": "2.36", "13": "2.41"},
    "ubuntu": {"18.04": "2.27", "20.04": "2.31", "22.04": "2.35", "24.04": "2.39", "25.04": "2.41"},
    "rhel": {"7": "2.17", "8": "2.28", "9": "2.34", "10": "2.39"},
    "fedora": {"39": "2.38", "40": "2.39", "41": "2.40", "42": "2.41"},
    "amazonlinux": {"2": "2.26", "2023": "2.34"},
    "opensuse/leap": {"15.5": "2.31", "15.6": "2.38"},
    "openeuler": {"20.03": "2.28", "22.03": "2.34", "24.03": "2.38"},
    "anolisos": {"8": "2.28", "23": "2.38"},
}
_MUSL: Final = {"3.17": "1.2.3", "3.18": "1.2.4", "3.19": "1.2.4", "3.20": "1.2.5", "3.21": "1.2.5", "3.22": "1.2.5"}
_CODE_NAMES: Final = {
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
    "bionic": "18.04",
    "focal": "20.04",
    "jammy": "22.04",
    "noble": "24.04",
}
_SAME: Final = {
    "centos": "rhel",
    "rockylinux": "rhel",
    "almalinux": "rhel",
    "ubi8": "rhel",
    "ubi9": "rhel",
    "redhat": "rhel",
    "amazon": "amazonlinux",
    "amzn": "amazonlinux",
    "leap": "opensuse/leap",
    "anolis": "anolisos",
}
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


def find(name: str) -> Distro | None:
    """The system that a name such as ``debian:11-slim``, ``registry.example.com/alpine:3.20`` or ``glibc:2.28`` means."""
    image, _, tag = name.strip().lower().split("@")[0].rpartition(":")
    image, tag = (image, tag) if image else (tag, "")
    short = "/".join(image.split("/")[-2:]) if image.endswith("opensuse/leap") else image.split("/")[-1]
    if short in {"scratch", "static", "static-debian11", "static-debian12"}:
        return Distro(name=name, libc="none")
    if short.startswith(("base-debian", "base-nossl-debian", "cc-debian")):
        return _glibc(name, "debian", short.rsplit("debian", 1)[-1])
    if short == "alpine":
        number = _NUMBER.match(tag)
        return Distro(name=name, libc="musl", version=_MUSL.get(".".join(number[0].split(".")[:2]), "") if number else "")
    if short in {"glibc", "musl"}:
        return Distro(name=name, libc=short, version=tag)
    if short in {"ubi8", "ubi9"}:
        tag = short[-1]
    return _glibc(name, _SAME.get(short, short), tag)


def _glibc(name: str, family: str, tag: str) -> Distro | None:
    versions = _GLIBC.get(family, {})
    number = _NUMBER.match(tag)
    tag = _CODE_NAMES.get(tag.split("-", maxsplit=1)[0], number[0] if number else tag)
    parts = tag.split(".")
    version = next((versions[k] for k in (tag, ".".join(parts[:2]), parts[0]) if k in versions), None)
    return Distro(name=name, libc="glibc", version=version) if version else None


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
    if (
        distro.libc == "glibc"
        and info.glibc_min
        and distro.version
        and version_key(info.glibc_min) > version_key(distro.version)
    ):
        return say(_OLD, needed=info.glibc_min, distro=distro.name, version=distro.version)
    return None
