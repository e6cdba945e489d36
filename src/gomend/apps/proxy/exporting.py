"""Copies out of a store: a tree for GOPROXY=file://, or a module cache."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from typing import Final, Literal

from gomend.golang import modpath, patterns, semver, ziphash
from gomend.model.base import Thing
from gomend.ports.files import sync_folder, write_whole
from gomend.proxy.evict import Held

Form = Literal["tree", "modcache"]
_SUFFIXES: Final = ("info", "mod", "zip")


class ExportShape(Thing, frozen=True):
    """The answer of ``proxy export``: versions and files that are there now, those that were there before, bytes copied."""

    versions: int
    files: int
    there: int
    bytes: int
    root: str
    schema: Literal["gomend.proxy-export/1"] = "gomend.proxy-export/1"


def wanted(held: Iterable[Held], modules: str, named: frozenset[tuple[str, str]] | None) -> list[Held]:
    """The versions of modules that match patterns (empty: all) and, if ``named`` is given, are in it."""
    return [
        one
        for one in held
        if (not modules or patterns.matches(modules, one.module)) and (named is None or (one.module, one.version) in named)
    ]


def of_gosum(text: str) -> frozenset[tuple[str, str]]:
    """Modules and versions that a go.sum names."""
    words = (line.split() for line in text.splitlines())
    return frozenset((w[0], w[1].removesuffix("/go.mod")) for w in words if len(w) == 3)


def export(store: str, output: str, form: Form, versions: Iterable[Held]) -> ExportShape:
    """Copy them. A file is whole or not there; what is there already stays, so that it can be begun again.

    Raises:
        OSError: it cannot be read or written.
    """
    root = os.path.realpath(output)
    base = f"{root}/cache/download" if form == "modcache" else root
    files = there = size = count = 0
    listed: dict[str, set[str]] = {}
    for one in versions:
        count += 1
        for place in sorted(one.places, key=lambda p: _SUFFIXES.index(p.rpartition(".")[2])):
            target = f"{base}/{place}"
            if os.path.exists(target):
                there += 1
                continue
            size += _copy(f"{store}/{place}", target)
            files += 1
            if form == "modcache" and place.endswith(".zip"):
                write_whole(f"{target}hash", ziphash.of_file(target, one.module, one.version).h1.encode())
        if any(place.endswith(".zip") for place in one.places) and not semver.is_pseudo(one.version):
            listed.setdefault(one.module, set()).add(one.version)
    for module, found in listed.items():
        _list(f"{base}/{modpath.escape(module)}/@v/list", module, found)
    return ExportShape(versions=count, files=files + there, there=there, bytes=size, root=root)


def _copy(source: str, target: str) -> int:
    folder = os.path.dirname(target)
    os.makedirs(folder, exist_ok=True)
    draft = f"{target}.part"
    try:
        shutil.copyfile(source, draft)
        with open(draft, "rb") as file:
            os.fsync(file.fileno())
            size = os.fstat(file.fileno()).st_size
        os.replace(draft, target)
    except BaseException:
        if os.path.exists(draft):
            os.unlink(draft)
        raise
    sync_folder(folder)
    return size


def _list(path: str, module: str, found: set[str]) -> None:
    """The list of versions, with those that it had."""
    try:
        with open(path, encoding="utf-8") as file:
            found = found | set(file.read().split())
    except FileNotFoundError:
        pass
    ordered = sorted(found, key=lambda v: semver.key(module, v))
    write_whole(path, "".join(f"{v}\n" for v in ordered).encode())
