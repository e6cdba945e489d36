"""A header of glibc is included, and the target's compiler makes programs for musl.

What it finds     C code of a package includes, under no condition, a header that glibc has and musl has not (execinfo.h, error.h, gnu/libc-version.h …), and CC is musl-gcc, a musl cross gcc or zig with a musl target.
Why it hurts      The build stops with ``fatal error: execinfo.h: No such file or directory``.
Example           ``#include <execinfo.h>`` for stack traces, built for Alpine.
After the fix     The include is guarded by ``#ifdef __GLIBC__``, or a library such as libexecinfo or libunwind gives what it needs.
Fix safety        Manual: the source is a person's own, or a dependency's.
How it is proved  The sources are read again.
References        wiki.musl-libc.org/functional-differences-from-glibc.html; the files of libc6-dev and musl-dev.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.compilers import Compilers
from gomend.cgo.facts.targets import Targets
from gomend.cgo.preflight import samples
from gomend.cgo.preflight.native import NativePackages
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM247",
    "glibc-only-header",
    severity=Severity.ERROR,
    since="0.1",
    title="{header} is a header of glibc, and {target} is compiled for musl",
    message="{package} includes {header}, which glibc has and musl has not; CC is {compiler}.",
    doc=__doc__,
    explains=("GM271", "GM267", "GM260"),
)


@rule.check
def check(targets: Targets, native: NativePackages, compilers: Compilers) -> Iterator[Finding]:
    for target in targets.items:
        compiler = compilers.of(target)
        if target.goos != "linux" or compiler is None or not (compiler.musl or any("musl" in w for w in compiler.words)):
            continue
        for one in native.of(target):
            for header in one.package.headers:
                if header.kind != "glibc" or header.conditional:
                    continue
                file, _, line = header.where.partition(":")
                yield rule.finding(
                    Subject(kind="header", name=header.name, path=file, line=int(line or 0) or None),
                    key=f"{target.name} {one.package.path}",
                    evidence=[
                        Evidence(source=one.package.path, quote=f"#include <{header.name}>", where=header.where),
                        compiler.evidence(),
                    ],
                    header=header.name,
                    package=one.package.path,
                    target=target.name,
                    compiler=compiler.value,
                )


@rule.fix("Guard the include, or bring a library", safety=Safety.MANUAL)
def guard(finding: Finding) -> Mend | None:
    name = finding.subject.name
    hints = [f"#ifdef __GLIBC__ / #include <{name}> / #endif   # around the include and what uses it"]
    hints += ["apk add libexecinfo-dev   # older Alpine; or libunwind-dev"] if name == "execinfo.h" else []
    hints.append("CC='zig cc -target x86_64-linux-gnu.2.28' go build ./...   # glibc")
    return Mend(hints=tuple(hints))


_MUSL = {"musl-gcc -dumpmachine": worlds.say("x86_64-linux-gnu")}
_NATIVE = samples.natives(samples.package(headers={"execinfo.h": "glibc", "stdio.h": "libc"}))

rule.catches(
    "musl-gcc",
    subject="execinfo.h",
    files=worlds.cgo_project(),
    env={"CC": "musl-gcc"},
    programs=("musl-gcc",),
    commands=_MUSL,
    facts=(_NATIVE,),
)
rule.passes("gcc", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC, facts=(_NATIVE,))
rule.passes(
    "another header",
    files=worlds.cgo_project(),
    env={"CC": "musl-gcc"},
    programs=("musl-gcc",),
    commands=_MUSL,
    facts=(samples.natives(samples.package(headers={"stdio.h": "libc"})),),
)
rule.undetermined("go list gives nothing", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC)
