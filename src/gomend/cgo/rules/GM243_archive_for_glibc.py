"""A prebuilt archive was made for glibc, and the target's compiler makes programs for musl.

What it finds     An archive, object or shared library in a module of the build asks for symbols that glibc has and musl has not, and CC is musl-gcc, a musl cross gcc or zig with a musl target.
Why it hurts      Everything compiles, and the link stops with undefined symbols such as ``__strcpy_chk`` or ``__isoc23_strtol``.
Example           A module carries lib/libfoo.a from a Debian machine, and the image is Alpine.
After the fix     The archive is built for musl (many modules carry both and choose by ``-tags musl``), or the program is built for glibc.
Fix safety        Manual: which of them is right, only a person knows.
How it is proved  The archive's symbols are read again.
References        wiki.musl-libc.org/functional-differences-from-glibc.html; glibc's abilist files; the archive's own symbol table.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import triples, worlds
from gomend.cgo.facts.compilers import Compilers
from gomend.cgo.facts.targets import Targets
from gomend.cgo.preflight import samples
from gomend.cgo.preflight.native import NativePackages
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM243",
    "archive-needs-glibc",
    severity=Severity.ERROR,
    since="0.1",
    title="{archive} was made for glibc, but {target} is linked with musl",
    message="{archive} of {package} asks for {symbols}, which glibc has and musl has not; CC is {compiler}.",
    doc=__doc__,
    explains=("GM272", "GM269", "GM260"),
)


@rule.check
def check(targets: Targets, native: NativePackages, compilers: Compilers) -> Iterator[Finding]:
    for target in targets.items:
        compiler = compilers.of(target)
        zig = compiler is not None and any("musl" in word for word in compiler.words)
        if compiler is None or not (compiler.musl or zig):
            continue
        for one in native.of(target):
            for file in one.package.prebuilt:
                if not file.glibc_only or not file.fits(target.goos, target.goarch):
                    continue
                name = file.path.rpartition("/")[2]
                yield rule.finding(
                    Subject(kind="archive", name=name),
                    key=target.name,
                    evidence=[
                        Evidence(source=file.path, quote=f"undefined: {', '.join(file.glibc_only[:8])}", where=file.made_by),
                        compiler.evidence(),
                    ],
                    archive=name,
                    package=one.package.path,
                    target=target.name,
                    symbols=", ".join(file.glibc_only[:3]),
                    compiler=compiler.value,
                )


@rule.fix("Take the module's build for musl, or link with glibc", safety=Safety.MANUAL)
def choose(finding: Finding, targets: Targets) -> Mend | None:
    target = next((t for t in targets.items if t.name == finding.title.parameters["target"]), targets.current)
    zig = triples.zig_target(target.goos, target.goarch, glibc="2.28")
    return Mend(
        hints=("go build -tags musl ./...   # if the module knows this tag", f"CC='zig cc -target {zig}' go build ./...")
    )


_MUSL = {"musl-gcc -dumpmachine": worlds.say("x86_64-linux-gnu")}
_ARCHIVE = samples.archive(glibc_needed="2.3.4", glibc_only=("__strcpy_chk",), glibc_newest=("__strcpy_chk",))

rule.catches(
    "musl-gcc",
    subject="libpre.a",
    files=worlds.cgo_project(),
    env={"CC": "musl-gcc"},
    programs=("musl-gcc",),
    commands=_MUSL,
    facts=(samples.natives(samples.package(prebuilt=(_ARCHIVE,))),),
)
rule.passes(
    "gcc",
    files=worlds.cgo_project(),
    programs=("gcc",),
    commands=worlds.GCC,
    facts=(samples.natives(samples.package(prebuilt=(_ARCHIVE,))),),
)
rule.passes(
    "the archive fits both",
    files=worlds.cgo_project(),
    env={"CC": "musl-gcc"},
    programs=("musl-gcc",),
    commands=_MUSL,
    facts=(samples.natives(samples.package(prebuilt=(samples.archive(glibc_needed="2.2.5"),))),),
)
rule.undetermined("go list gives nothing", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC)
