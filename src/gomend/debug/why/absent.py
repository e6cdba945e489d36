"""The file is not in the binary: another system's, left out by a tag, a test, another package, or nothing of it is used."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any, Final

from gomend.debug.pathmap.recorded import package_of
from gomend.debug.why.ask import Fix, Place
from gomend.debug.why.gofile import GoFile
from gomend.debug.why.mends import Mends
from gomend.debug.why.product import Product
from gomend.debug.why.spelled import Cause, at

_SYSTEMS: Final = frozenset(
    re.findall(
        r"\w+",
        "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos unix",
    )
)
_CPUS: Final = frozenset(
    re.findall(
        r"\w+",
        "386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm",
    )
)
"""Names that a file's own name may end in (go/build, syslist)."""
_BUILD: Final = re.compile(r"^//go:build (.+)$", re.MULTILINE)
_RELEASE: Final = re.compile(r"go1\.\d+")
_WORD: Final = re.compile(r"[A-Za-z_][\w.]*")
_C: Final = (".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".m", ".s", ".S")

WITHOUT_G: Final = (
    "the binary has no lines of this C code: dlv needs it compiled with -g (CGO_CFLAGS), and -O0 keeps every line"
)
"""What is said of C code that dlv has no lines of."""

Lister = Callable[[str], dict[str, Any]]
"""``go list -json`` of one folder, for the binary's target."""


def of_library(path: str) -> Cause:
    """The code is in a library that the program has not loaded yet."""
    return Cause(cause="plugin-not-loaded", evidence=(f"{path} has the code", "the program uses plugin.Open"))


def look(file: str, line: int, product: Product, mends: Mends, lister: Lister) -> Cause:
    """Why no code of the file is in the binary."""
    name, folder = os.path.basename(file), os.path.dirname(file)
    text = _text(file)
    if name.endswith(_C):
        return Cause(
            cause="cgo-c-line",
            evidence=(f"{file}: {WITHOUT_G}",),
            fix=None if name.endswith((".h", ".hpp")) else lambda _: mends.with_c(),
        )
    if name.endswith("_test.go") and product.symbols and product.symbols.named("testing.MainStart") is None:
        return Cause(cause="test-file", evidence=(f"{name} is built by go test only",), fix=lambda _: mends.test(folder))
    if not name.endswith(".go"):
        return _generated_from(file, product)
    made = GoFile(text)
    listed = lister(folder) if os.path.isdir(folder) else {}
    package = str(listed.get("ImportPath") or "")
    if (directives := made.directives()) and (not package or _linked(package, made.package, product)):
        return _directed(file, line, directives, product)
    if name in (listed.get("IgnoredGoFiles") or ()):
        return _ignored(file, line, text, made, listed, product, mends)
    if product.symbols and product.symbols.named("plugin.Open") and made.package == "main" and listed.get("Name") == "main":
        return Cause(
            cause="plugin-not-loaded", evidence=(f"{package}: package main of another binary", "the program uses plugin.Open")
        )
    if name.endswith("_test.go"):
        alone = (f"{name} is built by go test of its own package only", f"go version -m: path {product.main}")
        return Cause(cause="test-file", evidence=alone, fix=lambda _: mends.test(folder))
    if name.startswith(("_", ".")):
        return Cause(cause="not-in-binary", evidence=(f"{name}: go leaves out files whose names begin with {name[0]}",))
    if package and _linked(package, made.package, product):
        return _unused(name, package, product, mends, main=made.package == "main")
    lacking: tuple[str, ...] = (f"{product.path} has no code of {package or folder}",)
    if product.build:
        lacking = (*lacking, f"go version -m: path {product.main}")
    return Cause(cause="not-in-binary", evidence=lacking, fix=lambda _: mends.containing(folder, listed))


def _unused(name: str, package: str, product: Product, mends: Mends, *, main: bool) -> Cause:
    """No function of the file stands in the binary: put into its callers where the compiler does that, else left out by the linker."""
    optimised, inlined = product.optimised("main" if main else package)
    if inlined:
        shown = (
            f"no function of {name} stands in the binary: put into their callers, or nothing calls them",
            f"go version -m: -gcflags={product.setting('-gcflags') or 'none'}",
        )
        return Cause(cause="optimised" if optimised else "inlined", evidence=shown, fix=lambda _: mends.rebuild())
    left = f"{package} is in the binary, but no function of {name} is: nothing calls them, so the linker left them out"
    return Cause(cause="dead-code", evidence=(left,))


def _text(file: str) -> str:
    try:
        with open(file, encoding="utf-8", errors="replace", newline="") as opened:
            return opened.read(4 << 20)
    except (OSError, ValueError):
        return ""


def _generated_from(file: str, product: Product) -> Cause:
    """A template or grammar: recorded by a ``//line`` directive under the name that stands there, or not at all."""
    name = os.path.basename(file)
    found = [f for f in product.files if f == name or f.endswith(f"/{name}")]
    if len(found) == 1:
        shown = (f"sent: {file}", f"recorded by //line: {found[0]}")
        return Cause(cause="line-directive", evidence=shown, fix=at(found[0]))
    return Cause(cause="not-in-binary", evidence=(f"{product.path} has no code of {name}",))


def _directed(file: str, line: int, directives: tuple[tuple[str, int, int], ...], product: Product) -> Cause:
    """The lines are recorded under the name that ``//line`` gives."""
    last = next((d for d in reversed(directives) if d[2] < line), directives[0])
    found = next((f for f in product.files if f == last[0] or f.endswith(f"/{last[0].lstrip('./')}")), "")
    number = last[1] + max(line - last[2] - 1, 0)
    shown = (f"{file}:{last[2]}: //line {last[0]}:{last[1]}", f"recorded: {found or 'not at all'}")
    return Cause(
        cause="line-directive",
        evidence=shown,
        fix=(lambda _: Fix(breakpoint=Place(file=found, line=number))) if found else None,
    )


def _ignored(file: str, line: int, text: str, made: GoFile, listed: dict[str, Any], product: Product, mends: Mends) -> Cause:
    """Left out by its name or its ``//go:build`` line."""
    goos, goarch = product.setting("GOOS"), product.setting("GOARCH")
    parts = os.path.basename(file).removesuffix(".go").removesuffix("_test").split("_")[1:]
    named = [p for p in parts[-2:] if p in _SYSTEMS | _CPUS]
    match = _BUILD.search(text)
    words = set(_WORD.findall(match[1])) if match else set()
    by_system = (named and not set(named) <= {goos, goarch}) or (words and words <= _SYSTEMS | _CPUS)
    shown = (
        f"built for {goos}/{goarch}",
        f"{os.path.basename(file)}: {match[0] if match else 'its name says ' + '/'.join(named)}",
    )
    if by_system:
        sibling = _sibling(file, line, made, listed, product)
        return Cause(cause="goos", evidence=shown, fix=(lambda _: Fix(breakpoint=sibling)) if sibling else None)
    if "cgo" in words and product.setting("CGO_ENABLED") == "0":
        return Cause(
            cause="build-tag", evidence=(f"built with CGO_ENABLED=0, {goos}/{goarch}", shown[1]), fix=lambda _: mends.with_cgo()
        )
    if any(_RELEASE.fullmatch(word) for word in words):  # no -tags makes an older Go a newer one
        return Cause(
            cause="build-tag", evidence=(*shown, f"go version -m: {product.build.version if product.build else 'unknown'}")
        )
    tags = tuple(sorted(words - _SYSTEMS - _CPUS - {"cgo", "gc", "gccgo", "ignore"}))
    return Cause(cause="build-tag", evidence=shown, fix=lambda _: mends.tagged(tags, text))


def _sibling(file: str, line: int, made: GoFile, listed: dict[str, Any], product: Product) -> Place | None:
    """The same function in the file of the target's system."""
    inside = made.around(line)
    folder = os.path.dirname(file)
    for name in (*(listed.get("GoFiles") or ()), *(listed.get("CgoFiles") or ())):
        path = f"{folder}/{name}"
        other = GoFile(_text(path))
        for function in other.functions:
            if inside and function.name == inside.name:
                code = product.symbols.lines_of(path) if product.symbols and path in product.files else {}
                start = next((n for n in (*range(function.start + 1, function.end + 1), function.start) if n in code), 0)
                return Place(file=path, line=start) if start else None
    return None


def _linked(package: str, name: str, product: Product) -> bool:
    """Whether any function of a package is in the binary."""
    if product.symbols is None:
        return False
    if name == "main":
        return bool(product.build and product.build.path == package)
    return any(package_of(f) == package for f in product.symbols.names())
