"""Build tags that packages have for what is wished for, found by what their own constraints say, not by a list of modules.

For musl a package then takes other prebuilt archives, or leaves out what musl has not: confluent-kafka-go says ``musl``, the libraries of CosmWasm
``muslc``. A package that carries its library for some CPUs only has a tag with which it takes the system's: ``dynamic``.
"""

from __future__ import annotations

import os
import re
from typing import Final

from gomend.cgo.needs.listing import Listing, Package
from gomend.ports.doors import Doors

_NAMES: Final = ("musl", "muslc")
_CONSTRAINT: Final = re.compile(r"^//(?:go:build|\s*\+build)\b(.*)$", re.MULTILINE)
_ONE: Final = re.compile(r"\w+")
_PKG_CONFIG: Final = re.compile(r"^\W*#cgo[^:\n]*\bpkg-config:(.*)$", re.MULTILINE)
_HEAD: Final = 8192
"""Bytes of a file in which its constraint stands: it comes before the package clause."""


def for_musl(doors: Doors, listed: Listing) -> tuple[str, ...]:
    """Tags among ``musl`` and ``muslc`` that files which this build leaves out wait for; none of the standard library's."""
    found: dict[str, None] = {}
    for package in listed.packages.values():
        if package.standard:
            continue
        for name in package.ignored_go_files:
            text = doors.files.read(os.path.join(package.dir, name)) or b""
            for match in _CONSTRAINT.finditer(text[:_HEAD].decode("utf-8", "replace")):
                words = set(re.split(r"[^\w!]+", match[1]))
                found |= dict.fromkeys(n for n in _NAMES if n in words)
    return tuple(found)


def for_library(doors: Doors, listed: Listing, folders: tuple[str, ...]) -> tuple[str, ...]:
    """Tags with which packages that have no library for this target take it through pkg-config, where ``folders`` have its .pc file."""
    found: dict[str, None] = {}
    for package in listed.packages.values():
        if package.standard or not package.cgo_files or _has_library(package):
            continue
        for name in package.ignored_go_files:
            text = (doors.files.read(os.path.join(package.dir, name)) or b"")[:_HEAD].decode("utf-8", "replace")
            constraint = _CONSTRAINT.search(text)
            if constraint is None or not _ONE.fullmatch(constraint[1].strip()):
                continue
            modules = [word for match in _PKG_CONFIG.finditer(text) for word in match[1].split() if not word.startswith("-")]
            if modules and all(any(os.path.exists(f"{folder}/{m}.pc") for folder in folders) for m in modules):
                found[constraint[1].strip()] = None
    return tuple(found)


def _has_library(package: Package) -> bool:
    return bool(package.ldflags or package.pkg_config or package.c_files or package.cxx_files or package.syso_files)
