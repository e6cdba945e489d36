"""A package is built in its form without cgo, which may do nothing.

What it finds     cgo is off for a target without anybody having said so, and a package has both files that import "C" and files for builds without cgo.
Why it hurts      The build passes. Some packages work without cgo, others (database drivers among them) only answer with an error at run time.
Example           targets = ["linux/arm64"] and a dependency whose !cgo file returns ``requires cgo to work``.
After the fix     The target is built with cgo, or the team has set CGO_ENABLED=0 itself.
Fix safety        Manual: only a person knows whether the package works without cgo.
How it is proved  CGO_ENABLED is no longer left to go.
References        pkg.go.dev/cmd/cgo; pkg.go.dev/cmd/go#hdr-Build_constraints.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.compilers import CompilerOffers
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM228",
    "cgo-stub-binary",
    severity=Severity.INFO,
    since="0.1",
    title="{package} is built without cgo for {target}",
    message="cgo is off for {target}, so {package} takes part with its files for builds without cgo; whether they work, only the package knows.",
    doc=__doc__,
    explains=("GM292",),
)


@rule.check
def check(targets: Targets, packages: CgoPackages) -> Iterator[Finding]:
    for target in targets.items:
        if target.cgo or target.origin("CGO_ENABLED") != "default":
            continue
        for package in packages.of(target):
            if package.stub:
                yield rule.finding(
                    Subject(kind="package", name=package.path),
                    key=target.name,
                    evidence=[*target.evidence("CGO_ENABLED"), package.evidence(packages.source)],
                    package=package.path,
                    target=target.name,
                )


@rule.fix("Say whether cgo is wanted", safety=Safety.MANUAL)
def decide(finding: Finding, targets: Targets, offers: CompilerOffers | Absent | Unknown) -> Mend | None:
    del finding
    target = next((t for t in targets.items if not t.cgo), targets.current)
    offer = offers.of(target) if isinstance(offers, CompilerOffers) else None
    lines = [mending.plain("CC", offer.cc)] if offer and target.cross else []
    return Mend(
        hints=(*lines, "export CGO_ENABLED=1", "# or, if the package without cgo is what you want: go env -w CGO_ENABLED=0")
    )


_STUB = "//go:build !cgo\n\npackage main\n\nfunc main() {}\n"
_OFF = worlds.go_env("linux", "arm64")

rule.catches("a cross build", subject=".", files=worlds.cgo_project(stub__go=_STUB), targets=("linux/arm64",), commands=_OFF)
rule.catches("no compiler", files=worlds.cgo_project(stub__go=_STUB), go={"CGO_ENABLED": "0"})
rule.passes("cgo is on", files=worlds.cgo_project(stub__go=_STUB), programs=("gcc",))
rule.passes("the team switched it off", files=worlds.cgo_project(stub__go=_STUB), env={"CGO_ENABLED": "0"})
rule.not_applicable("no package uses cgo", files=worlds.pure_project(), go={"CGO_ENABLED": "0"})
rule.undetermined("go is not on PATH", files=worlds.cgo_project(stub__go=_STUB), programs=("!go",))
