"""Packages ask for pkg-config, and it is not installed.

What it finds     ``#cgo pkg-config:`` lines take part in the build, and the program that PKG_CONFIG names (pkg-config unless it was set) is not on PATH.
Why it hurts      go build stops with ``exec: "pkg-config": executable file not found``.
Example           A slim container image with gcc, without pkg-config.
After the fix     pkg-config or pkgconf is installed, or PKG_CONFIG names one.
Fix safety        Manual: gomend installs no system packages.
How it is proved  The program is found on PATH.
References        pkg.go.dev/cmd/cgo; cmd/go/internal/work, Builder.getPkgConfigFlags.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.pkgconfig import PkgConfig
from gomend.cgo.facts.places import Places
from gomend.cgo.facts.targets import Targets
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM210",
    "pkgconfig-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="{program} is not installed, and {package} asks it for {names}",
    message="{package} has a #cgo pkg-config line for {names}, but go finds no program {program} on PATH.",
    doc=__doc__,
    explains=("GM264", "GM260"),
)


@rule.check
def check(targets: Targets, pkg: PkgConfig) -> Iterator[Finding]:
    seen = set()
    for target in targets.items:
        answers = pkg.by_target.get(target.name)
        if answers is None or answers.path or answers.program in seen:
            continue
        seen.add(answers.program)
        yield rule.finding(
            Subject(kind="program", name=answers.program),
            evidence=[
                Evidence(source="PATH", quote=f"{answers.program}: not found"),
                *target.evidence("PKG_CONFIG"),
                *(Evidence(source=p.wanted_by, quote=f"#cgo pkg-config: {p.name}") for p in answers.packages),
            ],
            program=answers.program,
            package=answers.packages[0].wanted_by,
            names=", ".join(p.name for p in answers.packages),
        )


@rule.fix("Install pkg-config", safety=Safety.MANUAL)
def install(finding: Finding, places: Places | Absent | Unknown) -> Mend | None:
    return mending.program(finding.subject.name, "PKG_CONFIG", "pkg-config", places)


_ASKS = worlds.cgo_project("// #cgo pkg-config: foo\n// #include <foo.h>")

rule.catches("not installed", subject="pkg-config", files=_ASKS, programs=("gcc",))
rule.catches(
    "PKG_CONFIG names another", subject="pkgconf", files=_ASKS, programs=("gcc", "pkg-config"), env={"PKG_CONFIG": "pkgconf"}
)
rule.passes("installed", files=_ASKS, programs=("gcc", "pkg-config"))
rule.not_applicable("nobody asks for it", files=worlds.cgo_project(), programs=("gcc",))
rule.undetermined("go is not on PATH", files=_ASKS, programs=("!go",))
