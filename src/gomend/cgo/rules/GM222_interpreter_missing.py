"""A dynamic binary is to run on a system without its loader.

What it finds     A Go program in the project names an interpreter (PT_INTERP) of another C library than the deployment system's, or of any on a system that has none.
Why it hurts      The kernel finds the program and not its loader, and says ``no such file or directory`` of a file that is there.
Example           A program linked with glibc in an alpine:3.20 or scratch image.
After the fix     The program is static, or linked with the deployment system's C library.
Fix safety        Safe: the one binary is built again, and undo brings the old one back.
How it is proved  The new file's program headers are read.
References        man7.org/linux/man-pages/man8/ld.so.8.html; wiki.musl-libc.org/functional-differences-from-glibc.html.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import rebuilding, samples, worlds
from gomend.cgo.facts.binaries import DeployTarget, PlacedBinaries
from gomend.cgo.facts.compilers import CompilerOffers
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM222",
    "interpreter-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="{distro} has no {interpreter}, which {binary} needs to start",
    message="{binary} is loaded by {interpreter}, and the C library of {distro} is: {libc}. There it fails with “no such file or directory”.",
    doc=__doc__,
    explains=("GM275",),
)


@rule.check
def check(binaries: PlacedBinaries, deploy: DeployTarget) -> Iterator[Finding]:
    distro = deploy.distro
    for binary in binaries.items:
        info = binary.info
        if info.format != "elf" or info.interpreter is None or info.go is None or info.libc == distro.libc:
            continue
        libc = f"{distro.libc} {distro.version}".strip()
        yield rule.finding(
            binary.subject(),
            evidence=[binary.evidence(), Evidence(source="deploy", quote=f"{distro.name}: {libc}")],
            distro=distro.name,
            interpreter=info.interpreter,
            binary=binary.name,
            libc=libc,
        )


@rule.fix("Build {binary} again for {distro} ({how})", safety=Safety.SAFE)
def build_again(
    finding: Finding,
    binaries: PlacedBinaries,
    deploy: DeployTarget,
    targets: Targets,
    packages: CgoPackages | Absent | Unknown,
    offers: CompilerOffers | Absent | Unknown,
) -> Mend | None:
    binary = next(b for b in binaries.items if b.name == finding.subject.name)
    target = next((t for t in targets.items if t.goos == "linux" and t.goarch == binary.info.arch), None)
    return rebuilding.again(binary, deploy.distro, target, packages, offers) if target else None


_GLIBC = samples.go_binary(interpreter=samples.GLIBC_LOADER, glibc="2.17", cgo="1")
_MUSL = samples.go_binary(interpreter="/lib/ld-musl-x86_64.so.1", cgo="1")

rule.catches(
    "glibc on Alpine", subject="bin/shop", files=worlds.cgo_project(), facts=samples.placed(_GLIBC, deploy="alpine:3.20")
)
rule.catches("dynamic in scratch", files=worlds.pure_project(), facts=samples.placed(_GLIBC, deploy="scratch"))
rule.catches("musl on Debian", files=worlds.cgo_project(), facts=samples.placed(_MUSL, deploy="debian:12"))
rule.passes(
    "static in scratch", files=worlds.pure_project(), facts=samples.placed(samples.go_binary(cgo="0"), deploy="scratch")
)
rule.passes("glibc on Debian", files=worlds.cgo_project(), facts=samples.placed(_GLIBC, deploy="debian:12"))
rule.not_applicable("nobody said where it runs", files=worlds.cgo_project(), facts=samples.placed(_GLIBC))
rule.undetermined("an unknown system", files=worlds.cgo_project(), deploy="plan9:4", facts=samples.placed(_GLIBC))
