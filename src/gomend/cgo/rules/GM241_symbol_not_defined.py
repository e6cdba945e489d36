"""A C function is declared and called, and nothing that is linked defines it.

What it finds     A preamble declares a function, Go code calls it as C.name, no source of the package has a body for it or exports it, the package links nothing but the C library, and neither glibc nor musl has such a symbol.
Why it hurts      Everything compiles, and the link stops with ``undefined reference to `name'``.
Example           ``int foo(void);`` in the preamble, foo.c forgotten or in a folder of its own (go compiles only C files beside the Go files).
After the fix     A C file in the package's folder defines it, or LDFLAGS names the library that does.
Fix safety        Manual: only a person knows where the function is.
How it is proved  The sources are read again.
References        pkg.go.dev/cmd/cgo (C files of the package directory are compiled); sourceware.org/binutils/docs/ld.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.data import load
from gomend.cgo.facts.targets import Targets
from gomend.cgo.preflight import samples
from gomend.cgo.preflight.native import NativePackages
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM241",
    "symbol-undefined",
    severity=Severity.ERROR,
    since="0.1",
    title="{symbol} is declared and called, but nothing defines it",
    message="{package} calls C.{symbol}; its sources have no body for it, and it links nothing but the C library, which has no such symbol.",
    doc=__doc__,
    explains=("GM269", "GM260"),
)


@rule.check
def check(targets: Targets, native: NativePackages) -> Iterator[Finding]:
    for target in targets.items:
        # Flags of a person may bring in any library.
        free = any(w.startswith("-l") or not w.startswith("-") for w in target["CGO_LDFLAGS"].split())
        if target.goos != "linux" or free:
            continue
        known = load.glibc_since(target.goarch).keys() | load.libc().musl
        others = any(not one.alone for one in native.of(target))
        for one in native.of(target):
            if not one.alone:
                continue
            for orphan in one.orphans:
                if orphan.name in known or orphan.name.startswith("__builtin"):
                    continue
                yield rule.finding(
                    Subject(kind="symbol", name=orphan.name, path=orphan.file, line=orphan.line),
                    key=one.package.path,
                    # Another package of the program may link the library that has it.
                    confidence=Confidence.MEDIUM if others else Confidence.HIGH,
                    severity=Severity.WARNING if others else None,
                    evidence=[
                        Evidence(
                            source=one.package.path,
                            quote=f"{orphan.name} is declared without a body",
                            where=f"{orphan.file}:{orphan.line}",
                        )
                    ],
                    symbol=orphan.name,
                    package=one.package.path,
                )
        return


@rule.fix("Define {symbol} in the package, or link its library", safety=Safety.MANUAL)
def define(finding: Finding) -> Mend | None:
    name = finding.subject.name
    hints = (
        f"grep -rn '{name}' --include='*.c' .   # a C file in another folder is not compiled: move it beside the Go file",
        "#cgo LDFLAGS: -lNAME   # in the preamble, with the library that has it",
    )
    return Mend(hints=hints, parameters={"symbol": name})


rule.catches(
    "nobody has it",
    subject="not_there",
    files=worlds.cgo_project(),
    facts=(samples.natives(samples.package(orphans=("not_there",))),),
)
rule.passes("the C library has it", files=worlds.cgo_project(), facts=(samples.natives(samples.package(orphans=("getpid",))),))
rule.passes(
    "a library may have it",
    files=worlds.cgo_project(),
    facts=(samples.natives(samples.package(orphans=("foo",), links=("foo",))),),
)
rule.undetermined("go list gives nothing", files=worlds.cgo_project())
