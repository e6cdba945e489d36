"""A prebuilt archive needs a newer glibc than the target's compiler links.

What it finds     An archive in a module of the build asks for a symbol that came with a glibc newer than the one that the compiler links: the version in a zig target, or the libc.so.6 that gcc names.
Why it hurts      Everything compiles, and the link stops with undefined symbols such as ``__isoc23_strtol`` or ``arc4random``.
Example           An archive built on Ubuntu 24.04 (glibc 2.39), linked on Debian 12 (2.36).
After the fix     The archive is built on the oldest system that must link it, or the program is linked with a newer glibc.
Fix safety        Manual: a newer glibc also changes where the program starts.
How it is proved  The archive's symbols are read again.
References        sourceware.org/glibc/wiki/Release; glibc's abilist files; the archive's own symbol table.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.binary.elf import version_key
from gomend.cgo import triples, worlds
from gomend.cgo.facts.compilers import Compilers
from gomend.cgo.facts.targets import Targets
from gomend.cgo.preflight import samples
from gomend.cgo.preflight.native import NativePackages
from gomend.cgo.preflight.searching import Searches
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM244",
    "archive-needs-newer-glibc",
    severity=Severity.ERROR,
    since="0.1",
    title="{archive} needs glibc {needed}, but {target} is linked with {linked}",
    message="{archive} of {package} asks for {symbols}, which came with glibc {needed}; the compiler links glibc {linked}.",
    doc=__doc__,
    explains=("GM273", "GM269", "GM260"),
)


@rule.check
def check(
    targets: Targets, native: NativePackages, compilers: Compilers, searches: Searches | Absent | Unknown
) -> Iterator[Finding]:
    read = searches.glibc if isinstance(searches, Searches) else {}
    for target in targets.items:
        compiler = compilers.of(target)
        linked = (compiler.glibc if compiler else "") or read.get(target.name, "")
        if not linked or target.goos != "linux":
            continue
        for one in native.of(target):
            for file in one.package.prebuilt:
                fits = file.fits(target.goos, target.goarch) and file.libc != "musl"
                if not file.glibc_needed or not fits or version_key(file.glibc_needed) <= version_key(linked):
                    continue
                name = file.path.rpartition("/")[2]
                symbols = ", ".join(file.glibc_newest[:4])
                yield rule.finding(
                    Subject(kind="archive", name=name),
                    key=target.name,
                    evidence=[
                        Evidence(source=file.path, quote=f"undefined: {symbols}", where=file.made_by),
                        *target.evidence("CC"),
                    ],
                    archive=name,
                    package=one.package.path,
                    target=target.name,
                    symbols=symbols,
                    needed=file.glibc_needed,
                    linked=linked,
                )


@rule.fix("Build the archive on an older system, or link with glibc {needed}", safety=Safety.MANUAL)
def newer(finding: Finding, targets: Targets) -> Mend | None:
    needed = str(finding.title.parameters["needed"])
    target = next((t for t in targets.items if t.name == finding.title.parameters["target"]), targets.current)
    zig = triples.zig_target(target.goos, target.goarch, glibc=needed)
    return Mend(hints=(f"CC='zig cc -target {zig}' go build ./...",), parameters={"needed": needed})


_ARCHIVE = samples.archive(glibc_needed="2.38", glibc_newest=("__isoc23_strtol",), glibc_only=("__isoc23_strtol",))
_NATIVE = samples.natives(samples.package(prebuilt=(_ARCHIVE,)))

rule.catches(
    "gcc on Debian 12",
    subject="libpre.a",
    files=worlds.cgo_project(),
    programs=("gcc",),
    commands=worlds.GCC,
    facts=(_NATIVE, samples.searches(glibc="2.36")),
)
rule.passes(
    "a newer glibc",
    files=worlds.cgo_project(),
    programs=("gcc",),
    commands=worlds.GCC,
    facts=(_NATIVE, samples.searches(glibc="2.39")),
)
rule.undetermined("go list gives nothing", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC)
