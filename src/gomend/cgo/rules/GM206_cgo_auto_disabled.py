"""cgo switched itself off because no C compiler was found, and the project needs it.

What it finds     CGO_ENABLED is set nowhere, go takes 0 because its default compiler (gcc, clang on macOS) is not on PATH (Go 1.20 and later), and packages of the project use cgo.
Why it hurts      No message says so: files that import "C" are left out, and the build fails with ``build constraints exclude all Go files`` or ``undefined``, or builds a program that lacks a part.
Example           ``go build`` in golang:alpine, which has no gcc.
After the fix     CC names a compiler that is there, and CGO_ENABLED is 1: a CC written by ``go env -w`` alone does not switch cgo on again.
Fix safety        Safe: two entries of ``go env -w`` change; without any compiler gomend only says what to install.
How it is proved  go env is asked again and says CGO_ENABLED=1.
References        go.dev/doc/go1.20#cgo; go/build, defaultContext.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.compilers import CompilerOffers, Compilers
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_CLANG = frozenset({"darwin", "freebsd", "ios", "openbsd"})

rule = Rule(
    "GM206",
    "cgo-auto-disabled",
    severity=Severity.ERROR,
    since="0.1",
    title="cgo switched itself off: {compiler} is not installed, and {package} needs cgo",
    message="CGO_ENABLED is not set, and go takes 0 because {compiler} is not on PATH; {files} of {package} are left out of the build.",
    doc=__doc__,
    explains=("GM201", "GM252", "GM253", "GM260"),
    proved_by=("GM260",),
)


@rule.check
def check(targets: Targets, packages: CgoPackages, compilers: Compilers) -> Iterator[Finding]:
    target = targets.current
    compiler = compilers.of(target)
    if target.cross or target.cgo or target.origin("CGO_ENABLED") != "default" or compiler is None:
        return
    default = "clang" if target.goos in _CLANG else "gcc"
    lost = [p for p in packages.of(target) if not p.stub]
    for package in sorted(lost, key=lambda p: not p.breaks)[:1]:
        yield rule.finding(
            Subject(kind="target", name=target.name),
            evidence=[
                *target.evidence("CGO_ENABLED", "CC"),
                Evidence(source="PATH", quote=f"{default}: not found"),
                package.evidence(packages.source),
            ],
            severity=Severity.ERROR if package.breaks else Severity.WARNING,
            compiler=default,
            package=package.path,
            files=", ".join(package.cgo_files),
        )


@rule.fix("Compile C for {target} with {compiler} ({where})", safety=Safety.SAFE)
def use_another(
    finding: Finding, targets: Targets, offers: CompilerOffers, env: GoEnv, flags: BuildFlags | Absent | Unknown
) -> Mend | None:
    del finding
    return mending.use(targets.current, offers.of(targets.current), env, flags=flags)


_OFF = {"CGO_ENABLED": "0"}

rule.catches("no compiler at all", subject="linux/amd64", files=worlds.cgo_project(), go=_OFF)
rule.catches(
    "clang is there",
    files=worlds.cgo_project(),
    go=_OFF,
    programs=("clang",),
    commands=worlds.machine("clang", "x86_64-pc-linux-gnu"),
)
rule.catches(
    "go env -w CC does not switch it on again",
    files=worlds.cgo_project(),
    go=_OFF,
    goenv={"CC": "clang"},
    programs=("clang",),
    commands=worlds.machine("clang", "x86_64-pc-linux-gnu"),
)
rule.passes("switched off on purpose", files=worlds.cgo_project(), env=_OFF)
rule.passes("on", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC)
rule.passes(
    "made for builds without cgo",
    files=worlds.cgo_project(stub__go="//go:build !cgo\n\npackage main\n\nfunc main() {}\n"),
    go=_OFF,
)
rule.not_applicable("no package uses cgo", files=worlds.pure_project(), go=_OFF)
rule.undetermined("go is not on PATH", files=worlds.cgo_project(), programs=("!go",))
