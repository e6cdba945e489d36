"""Where a binary says that its modules lay: one prefix a module, worked out from the names and files of functions.

``example.com/shop/cart.Add`` in ``/build/shop/cart/cart.go`` says that module ``example.com/shop`` was built in ``/build/shop``; with -trimpath
the same function stands in ``example.com/shop/cart/cart.go``. Nothing else records that: build information has no folders.
Source: cmd/go, ``work/gc.go`` (trimpath) and ``load/pkg.go``; cmd/internal/objabi (PathToPrefix) for ``%2e``.
"""

from __future__ import annotations

import posixpath
from typing import Final
from urllib.parse import unquote

from gomend.binary.gobuildinfo import GoBuild, GoDep
from gomend.binary.gosym import GoSymbols
from gomend.model.base import Thing

STD: Final = "std"
"""The name under which the standard library stands."""


class Module(Thing, frozen=True):
    """One module of a binary. ``prefix`` is the folder as recorded, empty where files stand relative to nothing."""

    path: str
    """Module path; :data:`STD` for the standard library."""
    version: str = ""
    """Of the standard library: Go's own, ``go1.27.0``."""
    main: bool = False
    prefix: str = ""
    replaced: str = ""
    """What a ``replace`` put in its place: a folder, or ``path@version``."""

    @property
    def relative(self) -> bool:
        """Recorded without a folder of any machine (-trimpath and its like)."""
        return not self.prefix.startswith(("/", "\\")) and ":" not in self.prefix[:3]

    def recorded(self, rel: str) -> str:
        """The path that the binary has for a file below the module's folder."""
        return f"{self.prefix}/{rel}" if self.prefix else rel


def package_of(function: str) -> str:
    """The import path in a function's full name: up to the first dot behind the last slash (outside of type arguments)."""
    head = function.partition("[")[0]
    at = head.find(".", head.rfind("/") + 1)
    return unquote(head[:at]) if at >= 0 else ""


def modules(symbols: GoSymbols, build: GoBuild | None) -> tuple[Module, ...]:
    """The main module first, then the others by path, the standard library last."""
    known: dict[str, GoDep] = {d.path: d for d in build.deps} if build else {}
    own = build.module if build else ""
    wanted = {*known, *([own] if own else []), STD}
    found: dict[str, str] = {}
    for name in symbols.names():
        package = package_of(name)
        if package == "main" and build:
            package = build.path if build.path != "command-line-arguments" else own
        module = _module_of(package, wanted)
        if not package or module is None or module in found:
            continue
        prefix = _prefix(symbols, name, package, module)
        if prefix is not None:
            found[module] = prefix
        if len(found) == len(wanted):
            break
    made = []
    for module in sorted(found, key=lambda m: (m != own, m == STD, m)):
        dep = known.get(module)
        replaced = ""
        if dep and dep.replace_path:
            replaced = f"{dep.replace_path}@{dep.replace_version}" if dep.replace_version else dep.replace_path
        version = dep.version if dep else ""
        if build and module in {own, STD}:
            version = build.version.partition(" ")[0] if module == STD else build.module_version
        made.append(Module(path=module, version=version, main=module == own, prefix=found[module], replaced=replaced))
    return tuple(made)


def _module_of(package: str, wanted: set[str]) -> str | None:
    """The module of a package: the longest path that is one; what has no dot in its first word is the standard library's."""
    at = package
    while at:
        if at in wanted:
            return at
        at = at.rpartition("/")[0]
    first = package.partition("/")[0]
    return STD if "." not in first and first not in {"main", "command-line-arguments", "go", "type:", "type"} else None


def _prefix(symbols: GoSymbols, name: str, package: str, module: str) -> str | None:
    """The folder of a module by one function's file; None where that file is generated or does not lie as its package says."""
    function = symbols.named(name)
    frames = symbols.at(function.entry) if function else ()
    if not frames or frames[-1].name != name:
        return None
    file = frames[-1].file.replace("\\", "/")
    if not file.endswith(".go") or file.startswith("<") or "_cgo_" in file:
        return None
    rel = package if module == STD else package[len(module) :].lstrip("/")
    folder = posixpath.dirname(file)
    if not rel:
        return folder
    if folder == rel:
        return ""
    return folder[: -len(rel) - 1] if folder.endswith(f"/{rel}") else None
