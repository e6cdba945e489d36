"""The packages with C code of every target that uses cgo, read as :mod:`gomend.cgo.needs` reads them."""

from __future__ import annotations

import os
import re
from typing import ClassVar, Final

import anyio
import anyio.to_thread

from gomend.cgo import csource, gosource
from gomend.cgo.facts.targets import Target, Targets
from gomend.cgo.needs import listing
from gomend.cgo.needs.listing import Listing, Package
from gomend.cgo.needs.reading import Reader
from gomend.cgo.needs.things import CPackage
from gomend.model.base import Cost, Thing
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import FileProblem

_USES: Final = re.compile(r"\bC\.(\w+)")
_EXPORT: Final = re.compile(r"(?m)^//export[ \t]+(\w+)")


class Orphan(Thing, frozen=True):
    """A C function that a preamble only declares, that Go code calls, and that no source of the package defines."""

    name: str
    file: str
    line: int


class Native(Thing, frozen=True):
    """One package, and what of it can only be told from its sources."""

    package: CPackage
    dir: str
    orphans: tuple[Orphan, ...] = ()

    def flags(self, kind: str) -> tuple[str, ...]:
        """``#cgo`` flags with ``${SRCDIR}`` filled in, as go checks them."""
        return tuple(word.replace("${SRCDIR}", self.dir) for word in self.package.flags.get(kind, ()))

    @property
    def alone(self) -> bool:
        """Links nothing but a C library: no other library, archive or object can define its symbols."""
        package = self.package
        plain = all(link.kind in {"libc", "compiler"} for link in package.links)
        foreign = [w for w in package.flags.get("LDFLAGS", ()) if not w.startswith("-l") and w != "-pthread"]
        opaque = package.sources.keys() & {"objective-c", "fortran", "assembly", "swig", "syso"}
        return plain and not package.pkg_config and not package.prebuilt and not foreign and not opaque


class NativePackages(Fact, frozen=True):
    """Packages with C code and packages of the standard library that use cgo, by target name; only targets with cgo on."""

    by_target: dict[str, tuple[Native, ...]]
    standard: dict[str, tuple[str, ...]]
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset(
        {
            "file:*.go",
            "file:*go.mod",
            "file:*.c",
            "file:*.h",
            "env",
            "go-env",
            "tools",
            "module-cache",
            "file:.gomend/env/*.env",
        }
    )

    def of(self, target: Target) -> tuple[Native, ...]:
        """The packages of a target."""
        return self.by_target.get(target.name, ())


@collector
async def collect(doors: Doors, scope: Scope, targets: Targets) -> NativePackages | Absent | Unknown:
    """List every target that uses cgo at the same time, and read the packages."""
    on = [t for t in targets.items if t.cgo]
    found: dict[str, tuple[Native, ...]] = {}
    standard: dict[str, tuple[str, ...]] = {}
    problems: list[str] = []

    async def one(target: Target) -> None:
        made = await listing.ask(doors, scope.root, (target.goos, target.goarch), cgo=True)
        if not made.packages:
            problems.append(made.problem)
            return
        found[target.name] = await anyio.to_thread.run_sync(_read, doors, made)
        standard[target.name] = tuple(p for p, package in made.packages.items() if package.standard and package.cgo_files)

    async with anyio.create_task_group() as tasks:
        for target in on:
            tasks.start_soon(one, target)
    if problems and not found:
        return Unknown(reason=problems[0])
    if not any(found.values()) and not any(standard.values()):
        return Absent(reason="no package of the project or its dependencies uses cgo")
    return NativePackages(by_target=found, standard=standard)


def _read(doors: Doors, made: Listing) -> tuple[Native, ...]:
    reader = Reader(doors, made.goos, made.goarch)
    found = []
    for path, package in made.packages.items():
        if package.native and not package.standard:
            held = reader.package(package, listing.chain(made.packages, path), own=listing.own(package))
            found.append(Native(package=held, dir=package.dir, orphans=_orphans(doors, package)))
    return tuple(found)


def _orphans(doors: Doors, package: Package) -> tuple[Orphan, ...]:
    texts = {name: _text(doors, package.dir, name) for name in (*package.cgo_files, *package.go_files)}
    declared: dict[str, Orphan] = {}
    given = {name for text in texts.values() for name in _EXPORT.findall(text)}
    used: set[str] = set()
    for name in package.cgo_files:
        preamble = csource.preamble(texts[name])
        given |= csource.defined(preamble)
        used |= set(_USES.findall(gosource.without_comments(texts[name])))
        for function, line in csource.declared_only(preamble).items():
            declared.setdefault(function, Orphan(name=function, file=name, line=line))
    wanted = {name: orphan for name, orphan in declared.items() if name in used - given}
    for name in (*package.c_files, *package.cxx_files, *package.h_files) if wanted else ():
        text = _text(doors, package.dir, name)
        # Macros may define functions in ways that a reader of text does not see: any mention beyond a call counts.
        wanted = {n: o for n, o in wanted.items() if not re.search(rf"\b{n}\b", text)}
    return tuple(wanted.values())


def _text(doors: Doors, folder: str, name: str) -> str:
    try:
        raw = doors.files.read(os.path.join(folder, name))
    except FileProblem:
        return ""
    return raw.decode(errors="replace") if raw else ""
