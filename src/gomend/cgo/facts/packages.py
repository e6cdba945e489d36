"""Packages of the project and its dependencies that use cgo, a list for each target."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from gomend.cgo import gosource
from gomend.cgo.facts.targets import Target, Targets
from gomend.model.base import Cost, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import FileProblem
from gomend.ports.processes import Cmd

FIELDS: Final = (
    "ImportPath,Name,Dir,Standard,DepOnly,Imports,GoFiles,CgoFiles,IgnoredGoFiles,CgoPkgConfig,CgoLDFLAGS,CFiles,CXXFiles,Error"
)
"""What ``go list`` is asked for."""
LIST: Final = ("go", "list", "-e", "-deps", f"-json={FIELDS}", "./...")
"""The command."""
NO_NETWORK: Final = {"GOPROXY": "off", "GONOPROXY": "none", "GOSUMDB": "off", "GOTOOLCHAIN": "local"}
"""With these ``go list`` downloads nothing; modules that are missing become errors of packages."""


class Dropped(Thing, frozen=True):
    """A top-level name that only a cgo file declares, and a file without cgo that uses it."""

    name: str
    file: str
    used: str


class CgoPackage(Thing, frozen=True):
    """One package with files that ``import "C"``."""

    path: str
    dir: str
    own: bool
    """A package of the project itself."""
    main: bool = False
    cgo_files: tuple[str, ...] = ()
    go_files: tuple[str, ...] = ()
    """Files that take part with cgo on and do not import "C"."""
    stub: bool = False
    """Has a file for builds without cgo (``//go:build !cgo``)."""
    dropped: tuple[Dropped, ...] = ()
    pkg_config: tuple[str, ...] = ()
    ldflags: tuple[str, ...] = ()
    c_files: tuple[str, ...] = ()
    cxx_files: tuple[str, ...] = ()
    wanted: bool = False
    """A package of the project imports it, or it is the project's only program."""

    @property
    def gone(self) -> bool:
        """Without cgo no file of the package is left."""
        return not self.stub and not self.go_files

    @property
    def breaks(self) -> bool:
        """Without cgo the build fails (or builds nothing): something needs what is gone."""
        return (self.gone and self.wanted) or bool(self.dropped)

    def evidence(self, source: str) -> Evidence:
        """Which files use cgo."""
        return Evidence(source=source, quote=f'{self.path}: {", ".join(self.cgo_files)} import "C"')


class CgoPackages(Fact, frozen=True):
    """Packages that use cgo, by target name, without those of the standard library."""

    by_target: dict[str, tuple[CgoPackage, ...]]
    source: str
    """``go list`` or, where it gave nothing, ``*.go`` files of the project alone."""
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"file:*.go", "file:*go.mod", "file:*.c", "env", "go-env", "tools", "module-cache"})

    def of(self, target: Target) -> tuple[CgoPackage, ...]:
        """The packages of a target."""
        return self.by_target.get(target.name, ())


class PackageErrors(Fact, frozen=True):
    """What ``go list`` says against packages of the project as it would be built now: (package, folder, text)."""

    items: tuple[tuple[str, str, str], ...]
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"file:*.go", "file:*go.mod", "file:*.c", "env", "go-env", "tools", "module-cache"})


@collector
async def collect_errors(doors: Doors, scope: Scope, targets: Targets) -> PackageErrors | Unknown:
    """List the project's packages, with cgo as it is set."""
    if not _has_c(doors, scope.root):
        return PackageErrors(items=())
    argv = ("go", "list", "-e", "-json=ImportPath,Dir,Error", "./...")
    laid = {**NO_NETWORK, "CGO_ENABLED": targets.current["CGO_ENABLED"]}
    done = await doors.runner.run(Cmd(argv=argv, cwd=scope.root, env=laid, timeout=90))
    if not done.ok:
        return Unknown(reason=done.why)
    errors = ((p.get("ImportPath", ""), p.get("Dir", ""), (p.get("Error") or {}).get("Err", "")) for p in objects(done.stdout))
    return PackageErrors(items=tuple(e for e in errors if e[2]))


@collector
async def collect(doors: Doors, scope: Scope, targets: Targets) -> CgoPackages | Absent | Unknown:
    """Ask ``go list`` with cgo on for every target; a target for which it fails is read from the project's own files."""
    found: dict[str, tuple[CgoPackage, ...]] = {}
    source = "go list"
    for target in targets.items:
        laid = {**NO_NETWORK, "GOOS": target.goos, "GOARCH": target.goarch, "CGO_ENABLED": "1"}
        done = await doors.runner.run(Cmd(argv=LIST, cwd=scope.root, env=laid, timeout=90))
        if done.ok:
            found[target.name] = tuple(_listed(doors, scope.root, done.stdout))
        else:
            source = "*.go"
            found[target.name] = tuple(_scanned(doors, scope.root, target.goos, target.goarch))
    if not any(found.values()):
        return Absent(reason="no package of the project or its dependencies uses cgo")
    return CgoPackages(by_target=found, source=source)


def objects(text: str) -> Iterator[dict[str, Any]]:
    """The objects that ``go list -json`` prints one behind the other."""
    decoder = json.JSONDecoder()
    at = 0
    while (at := text.find("{", at)) >= 0:
        try:
            found, at = decoder.raw_decode(text, at)
        except ValueError:
            return
        yield found


def _listed(doors: Doors, root: str, text: str) -> Iterator[CgoPackage]:
    every = [p for p in objects(text) if not p.get("Standard")]
    own = [p for p in every if not p.get("DepOnly")]
    imported = {path for p in every if not p.get("CgoFiles") or p.get("GoFiles") for path in p.get("Imports") or ()}
    programs = sum(p.get("Name") == "main" for p in own)
    for package in every:
        if not package.get("CgoFiles"):
            continue
        folder = package.get("Dir", "")
        path = package.get("ImportPath", "")
        yield _package(
            doors,
            folder,
            path=path,
            own=not package.get("DepOnly") or folder.startswith(root + os.sep),
            wanted=path in imported or (package.get("Name") == "main" and programs == 1),
            main=package.get("Name") == "main",
            cgo=tuple(package["CgoFiles"]),
            go=tuple(package.get("GoFiles") or ()),
            ignored=tuple(package.get("IgnoredGoFiles") or ()),
            pkg_config=tuple(package.get("CgoPkgConfig") or ()),
            ldflags=tuple(package.get("CgoLDFLAGS") or ()),
            c=tuple(package.get("CFiles") or ()),
            cxx=tuple(package.get("CXXFiles") or ()),
        )


def _package(
    doors: Doors,
    folder: str,
    *,
    path: str,
    own: bool,
    wanted: bool,
    main: bool,
    cgo: tuple[str, ...],
    go: tuple[str, ...],
    ignored: tuple[str, ...],
    pkg_config: tuple[str, ...],
    ldflags: tuple[str, ...],
    c: tuple[str, ...],
    cxx: tuple[str, ...],
) -> CgoPackage:
    texts = {name: _text(doors, os.path.join(folder, name)) for name in (*cgo, *(go if own else ()), *ignored)}
    stub = any(gosource.only_without_cgo(texts[name]) for name in ignored)
    dropped = () if stub or not own else _dropped({n: texts[n] for n in cgo}, {n: texts[n] for n in go})
    return CgoPackage(
        path=path,
        dir=folder,
        own=own,
        main=main,
        cgo_files=cgo,
        go_files=go,
        stub=stub,
        dropped=dropped,
        pkg_config=pkg_config,
        ldflags=ldflags,
        c_files=c,
        cxx_files=cxx,
        wanted=wanted,
    )


def _dropped(cgo: dict[str, str], go: dict[str, str]) -> tuple[Dropped, ...]:
    kept = {name for text in go.values() for name in gosource.declared(text)}
    found = []
    for file, text in cgo.items():
        for name in sorted(gosource.declared(text) - kept - {"main", "init", "_"}):
            used = next(((f, line) for f, t in go.items() if (line := gosource.uses(t, name))), None)
            if used:
                found.append(Dropped(name=name, file=file, used=f"{used[0]}:{used[1]}"))
    return tuple(found)


def _scanned(doors: Doors, root: str, goos: str, goarch: str) -> Iterator[CgoPackage]:
    """The project's packages with cgo files, read without go."""
    folders: dict[str, dict[str, str]] = {}
    others: dict[str, list[str]] = {}
    for path in doors.files.walk(root):
        folder, name = os.path.split(path)
        if name.endswith(".go") and not name.endswith("_test.go"):
            folders.setdefault(folder, {})[name] = _text(doors, path)
        elif name.endswith((".c", ".cc", ".cpp", ".cxx")):
            others.setdefault(folder, []).append(name)
    programs = [f for f, texts in folders.items() if any(gosource.package_name(t) == "main" for t in texts.values())]
    for folder, texts in sorted(folders.items()):
        tags = gosource.tags(goos, goarch)
        cgo = tuple(n for n, t in texts.items() if gosource.imports_c(t) and gosource.takes_part(n, t, tags))
        go = tuple(n for n, t in texts.items() if not gosource.imports_c(t) and gosource.takes_part(n, t, tags))
        if not cgo:
            continue
        directives = [d for n in cgo for d in gosource.directives(texts[n])]
        c_names = others.get(folder, [])
        yield _package(
            doors,
            folder,
            path="." if folder == root else "./" + os.path.relpath(folder, root).replace(os.sep, "/"),
            own=True,
            wanted=programs == [folder],
            main=any(gosource.package_name(texts[n]) == "main" for n in cgo),
            cgo=cgo,
            go=go,
            ignored=tuple(n for n in texts if n not in {*cgo, *go}),
            pkg_config=tuple(w for kind, ws in directives if kind == "pkg-config" for w in ws),
            ldflags=tuple(w for kind, ws in directives if kind == "LDFLAGS" for w in ws),
            c=tuple(n for n in c_names if n.endswith(".c")),
            cxx=tuple(n for n in c_names if not n.endswith(".c")),
        )


def _has_c(doors: Doors, root: str) -> bool:
    return any(path.endswith((".c", ".cc", ".cpp", ".cxx", ".m", ".h")) for path in doors.files.walk(root))


def _text(doors: Doors, path: str) -> str:
    try:
        raw = doors.files.read(path)
    except FileProblem:
        return ""
    return raw.decode(errors="replace") if raw else ""
