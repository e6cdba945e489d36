"""cgo is off because the build is a cross build, and the project needs it.

What it finds     A target is not this machine, nobody has set CGO_ENABLED, so go takes 0, and packages of the project use cgo.
Why it hurts      Their files are left out without a word: the build says ``build constraints exclude all Go files`` or ``undefined: name``, builds nothing at all, or gives a program that lacks a part.
Example           targets = ["linux/arm64"] in gomend.toml, a package that imports "C", an x86-64 machine.
After the fix     .gomend/env/linux_arm64.env sets CGO_ENABLED=1 and a C compiler for the target.
Fix safety        Safe: one new file in the project, which nothing reads unasked; undo removes it.
How it is proved  go env with that file says CGO_ENABLED=1 and the compiler names the target's machine; a deep check builds the project and reads the CPU from the result.
References        pkg.go.dev/cmd/cgo; go/build, Context.CgoEnabled.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.compilers import CompilerOffers
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.pkgconfig import PkgConfig
from gomend.cgo.facts.targets import Targets
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM205",
    "cgo-off-in-cross-build",
    severity=Severity.ERROR,
    since="0.1",
    title="cgo is off for {target}, and {package} needs it",
    message="go switches cgo off when it builds for another machine; {files} of {package} are left out of the build for {target}.",
    doc=__doc__,
    explains=("GM252", "GM253", "GM260"),
    proved_by=("GM260",),
)


@rule.check
def check(targets: Targets, packages: CgoPackages) -> Iterator[Finding]:
    for target in targets.items:
        if not target.cross or target.cgo or target.origin("CGO_ENABLED") != "default":
            continue
        # A package with files for builds without cgo is made for this.
        lost = [p for p in packages.of(target) if not p.stub]
        for package in sorted(lost, key=lambda p: not p.breaks)[:1]:
            yield rule.finding(
                Subject(kind="target", name=target.name),
                evidence=[
                    *target.evidence("CGO_ENABLED", "GOOS", "GOARCH"),
                    *(p.evidence(packages.source) for p in lost[:5]),
                ],
                severity=Severity.ERROR if package.breaks else Severity.WARNING,
                target=target.name,
                package=package.path,
                files=", ".join(package.cgo_files),
            )


@rule.fix("Build {target} with cgo and {compiler} ({where})", safety=Safety.SAFE)
def switch_on(
    finding: Finding,
    targets: Targets,
    offers: CompilerOffers,
    env: GoEnv,
    pkg: PkgConfig | Absent | Unknown,
    flags: BuildFlags | Absent | Unknown,
) -> Mend | None:
    target = next(t for t in targets.items if t.name == finding.subject.name)
    answers = pkg.by_target.get(target.name) if isinstance(pkg, PkgConfig) else None
    return mending.use(target, offers.of(target), env, answers, flags=flags)


_OFF = worlds.go_env("linux", "arm64")
_STUB = "//go:build !cgo\n\npackage main\n\nfunc main() {}\n"

rule.catches(
    "a declared target",
    subject="linux/arm64",
    files=worlds.cgo_project(),
    targets=("linux/arm64",),
    programs=("gcc", "aarch64-linux-gnu-gcc"),
    commands={**_OFF, **worlds.GCC, **worlds.ARM},
)
rule.catches(
    "no compiler for it is installed",
    files=worlds.cgo_project(),
    targets=("linux/arm64",),
    programs=("gcc",),
    commands={**_OFF, **worlds.GCC},
)
rule.catches("GOARCH is exported", files=worlds.cgo_project(), env={"GOARCH": "arm64"}, go={"CGO_ENABLED": "0"})
rule.passes("it was switched on", files=worlds.cgo_project(), env={"GOARCH": "arm64", "CGO_ENABLED": "1"})
rule.passes("the team switched it off itself", files=worlds.cgo_project(), env={"GOARCH": "arm64", "CGO_ENABLED": "0"})
rule.passes(
    "there is a file for builds without cgo", files=worlds.cgo_project(stub__go=_STUB), targets=("linux/arm64",), commands=_OFF
)
rule.passes("this machine only", files=worlds.cgo_project(), programs=("gcc",))
rule.not_applicable("no package uses cgo", files=worlds.pure_project(), targets=("linux/arm64",), commands=_OFF)
rule.undetermined("go is not on PATH", files=worlds.cgo_project(), programs=("!go",))
