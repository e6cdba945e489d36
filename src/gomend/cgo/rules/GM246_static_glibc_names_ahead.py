"""The command makes a static glibc program that looks up hosts or users in C.

What it finds     ``-extldflags -static`` in the command or GOFLAGS, external linking, a compiler for glibc, and net or os/user with cgo in the build, without ``-tags netgo,osusergo``.
Why it hurts      The link passes with a warning that go hides, and lookups work only where the same glibc's shared libraries lie: in scratch and on Alpine they fail or crash.
Example           ``go build -ldflags '-linkmode external -extldflags -static'`` of a web server.
After the fix     Go's own resolver is used (tags), or the program is linked with musl, whose static library has one.
Fix safety        Manual: the command is a person's own.
How it is proved  The flags and the list of packages are read again.
References        sourceware.org/glibc/wiki/FAQ (static linking); pkg.go.dev/net#hdr-Name_Resolution; pkg.go.dev/os/user.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.compilers import Compilers
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.targets import Targets
from gomend.cgo.preflight import samples
from gomend.cgo.preflight.native import NativePackages
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_TAGS = {"net": "netgo", "os/user": "osusergo"}

rule = Rule(
    "GM246",
    "static-glibc-nss",
    severity=Severity.WARNING,
    since="0.1",
    title="The static program will look up {what} through glibc's shared libraries",
    message="{package} uses cgo in this build, and -static links glibc, which loads its name service modules at run time.",
    doc=__doc__,
    explains=("GM280",),
)


@rule.check
def check(targets: Targets, flags: BuildFlags, native: NativePackages, compilers: Compilers) -> Iterator[Finding]:
    target = targets.current
    compiler = compilers.of(target)
    if target.goos != "linux" or not target.cgo or compiler is None or compiler.musl or "musl" in compiler.value:
        return
    if not {"-static", "--static"} & set(flags.extldflags) or not (flags.external or native.of(target)):
        return
    for package, tag in _TAGS.items():
        if package in native.standard.get(target.name, ()) and tag not in flags.tags:
            yield rule.finding(
                Subject(kind="package", name=package),
                evidence=[
                    flags.evidence("ldflags"),
                    Evidence(source="go list", quote=f"{package}: CgoFiles"),
                    *target.evidence("CC"),
                ],
                what="hosts" if package == "net" else "users",
                package=package,
            )


@rule.fix("Use Go's own lookups, or musl", safety=Safety.MANUAL)
def tags(finding: Finding) -> Mend | None:
    del finding
    return Mend(
        hints=(
            "go build -tags netgo,osusergo -ldflags '-linkmode external -extldflags -static' ./...",
            "CC='zig cc -target x86_64-linux-musl' go build -ldflags '-linkmode external -extldflags -static' ./...",
        )
    )


_NATIVE = samples.natives(samples.package(), standard=("net",))
_FLAGS = BuildFlags(flags={"ldflags": "-linkmode external -extldflags -static"}, sources={"ldflags": "go build -ldflags …"})
_TAGGED = BuildFlags(
    flags={"ldflags": "-linkmode external -extldflags -static", "tags": "netgo,osusergo"}, sources={"ldflags": "go build …"}
)
_GCC = {"files": worlds.cgo_project(), "programs": ("gcc",), "commands": worlds.GCC}

rule.catches("net", subject="net", **_GCC, facts=(_NATIVE, _FLAGS))
rule.passes("with tags", **_GCC, facts=(_NATIVE, _TAGGED))
rule.passes("no package looks up names", **_GCC, facts=(samples.natives(samples.package()), _FLAGS))
rule.not_applicable("no flags", **_GCC, facts=(_NATIVE,))
