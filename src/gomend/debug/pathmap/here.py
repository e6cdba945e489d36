"""Where modules lie on this machine, and which module a local file belongs to.

Sources: go.dev/ref/mod (module cache, ``!`` escapes, go.work, replace, vendor); cmd/go/internal/toolchain (GOROOT of another version).
"""

from __future__ import annotations

import glob
import os
import re
from typing import Final

from gomend.debug.pathmap.recorded import STD
from gomend.golang import modfile, modpath
from gomend.model.base import Thing

_CACHED: Final = re.compile(r"(?P<cache>.*?/pkg/mod|)/?(?P<path>[^@]+)@(?P<version>v[^/]+)(?:/(?P<rel>.*))?")


class Local(Thing, frozen=True):
    """A local file's module: how it was found, the module's folder here, and the path below it."""

    kind: str
    """``module`` (a go.mod above it), ``cache``, ``vendor`` or ``std``."""
    path: str
    folder: str
    rel: str
    version: str = ""


class Machine(Thing, frozen=True):
    """Folders that go names here."""

    goroot: str = ""
    gomodcache: str = ""


def find(file: str, machine: Machine, known: frozenset[str]) -> Local | None:
    """The module of a local file that need not exist; None if nothing here tells. ``known`` are module paths of the binary."""
    path = file.replace("\\", "/")
    return _std(path, machine) or _vendored(path, known) or _cached(path, machine) or _module(path)


def _std(path: str, machine: Machine) -> Local | None:
    """A file below ``GOROOT/src`` of any toolchain: the folder above ``src`` has a VERSION and the runtime."""
    parts = path.split("/")
    for at in range(len(parts) - 1, 0, -1):
        if parts[at] != "src":
            continue
        root = "/".join(parts[:at])
        if root == machine.goroot.rstrip("/") or (os.path.isfile(f"{root}/VERSION") and os.path.isdir(f"{root}/src/runtime")):
            return Local(kind="std", path=STD, folder=f"{root}/src", rel="/".join(parts[at + 1 :]))
    return None


def _vendored(path: str, known: frozenset[str]) -> Local | None:
    head, mark, rest = path.rpartition("/vendor/")
    if not mark or not os.path.isfile(f"{head}/vendor/modules.txt"):
        return None
    at = rest.rpartition("/")[0]
    while at:
        if at in known:
            return Local(kind="vendor", path=at, folder=f"{head}/vendor/{at}", rel=rest[len(at) + 1 :])
        at = at.rpartition("/")[0]
    return None


def _cached(path: str, machine: Machine) -> Local | None:
    cache = machine.gomodcache.rstrip("/")
    if cache and path.startswith(f"{cache}/"):
        inside, base = path[len(cache) + 1 :], cache
    else:
        base, mark, inside = path.rpartition("/pkg/mod/")
        if not mark:
            return None
        base += "/pkg/mod"
    match = _CACHED.fullmatch(f"/{inside}")
    if not match or not match["rel"]:
        return None
    escaped = f"{match['path'].lstrip('/')}@{match['version']}"
    name, _, version = modpath.unescape(escaped).rpartition("@")
    return Local(kind="cache", path=name, folder=f"{base}/{escaped}", rel=match["rel"], version=version)


def _module(path: str) -> Local | None:
    """The nearest go.mod above."""
    folder = os.path.dirname(path)
    while folder and folder != os.path.dirname(folder):
        module = module_at(folder)
        if module:
            return Local(kind="module", path=module, folder=folder, rel=path[len(folder) + 1 :])
        folder = os.path.dirname(folder)
    return None


def module_at(folder: str) -> str:
    """The module path that ``folder/go.mod`` declares, empty without one."""
    try:
        with open(f"{folder}/go.mod", encoding="utf-8", errors="replace") as file:
            found = modfile.parse(file.read()).module
    except OSError:
        return ""
    return found.value if found else ""


def folder_of(module: str, version: str, machine: Machine) -> str:
    """Where the module cache would have a version."""
    return f"{machine.gomodcache}/{modpath.escape(module)}@{modpath.escape(version)}"


def std_of(version: str, machine: Machine) -> str | None:
    """The standard library of a Go version (``go1.27.0``): the toolchain in the module cache where GOROOT is another one, else GOROOT's."""
    if not machine.goroot:
        return None
    try:
        with open(f"{machine.goroot}/VERSION", encoding="utf-8") as file:
            same = file.readline().strip() == version
    except OSError:
        same = True
    if not same and version:
        for folder in sorted(
            glob.glob(f"{glob.escape(machine.gomodcache)}/golang.org/toolchain@v0.0.1-{glob.escape(version)}.*/src")
        ):
            return folder
    return f"{machine.goroot}/src"


def workspace(start: str) -> tuple[str, dict[str, str]]:
    """The go.work at or above ``start`` and the folders of its modules by path; empty without one."""
    folder = start
    while folder and folder != os.path.dirname(folder):
        path = f"{folder}/go.work"
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                uses = modfile.parse(file.read(), work=True).uses
            places = (os.path.normpath(os.path.join(folder, u.value)) for u in uses)
            return path, {name: place for place in places if (name := module_at(place))}
        folder = os.path.dirname(folder)
    return "", {}


def replaced_folders(root: str) -> dict[str, str]:
    """Folders that ``root/go.mod`` puts in the place of modules, by module path."""
    try:
        with open(f"{root}/go.mod", encoding="utf-8", errors="replace") as file:
            made = modfile.parse(file.read())
    except OSError:
        return {}
    return {r.path: os.path.normpath(os.path.join(root, r.to)) for r in made.replaces if not r.to_version}
