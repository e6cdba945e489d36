"""A binary needs a newer glibc than the system that it is to run on has.

What it finds     A Go program in bin, build, dist, out or the project's root asks for symbols of a glibc version above the one of the deployment system (``deploy`` in gomend.toml).
Why it hurts      The program does not start there: ``version `GLIBC_2.34' not found``.
Example           Built with gcc on Debian 12, deployed to debian:11, whose glibc is 2.31.
After the fix     The program is linked against the deployment system's glibc version, or needs none.
Fix safety        Safe: the one binary is built again, and undo brings the old one back.
How it is proved  The new file's version needs are read.
References        refspecs.linuxfoundation.org (symbol versioning); ziglang.org/download/0.15.1/release-notes.html (glibc targets).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.binary.elf import version_key
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
    "GM221",
    "glibc-too-new",
    severity=Severity.ERROR,
    since="0.1",
    title="{binary} needs glibc {needed}; {distro} has {version}",
    message="{binary} asks for GLIBC_{needed} ({symbols}), and {distro} has glibc {version}: it will not start there.",
    doc=__doc__,
    explains=("GM274",),
)


@rule.check
def check(binaries: PlacedBinaries, deploy: DeployTarget) -> Iterator[Finding]:
    distro = deploy.distro
    for binary in binaries.items:
        info = binary.info
        if distro.libc != "glibc" or not distro.version or not info.glibc_min or info.go is None:
            continue
        if version_key(info.glibc_min) > version_key(distro.version):
            yield rule.finding(
                binary.subject(),
                evidence=[binary.evidence(), Evidence(source="deploy", quote=f"{distro.name}: glibc {distro.version}")],
                binary=binary.name,
                needed=info.glibc_min,
                distro=distro.name,
                version=distro.version,
                symbols=", ".join(info.glibc_symbols[:4]) or "unnamed symbols",
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


_NEW = samples.go_binary(interpreter=samples.GLIBC_LOADER, glibc="2.34", cgo="1")
_OLD = samples.go_binary(interpreter=samples.GLIBC_LOADER, glibc="2.17", cgo="1")

rule.catches("for debian:11", subject="bin/shop", files=worlds.cgo_project(), facts=samples.placed(_NEW, deploy="debian:11"))
rule.catches(
    "only the standard library uses cgo", files=worlds.pure_project(), facts=samples.placed(_NEW, deploy="ubuntu:20.04")
)
rule.passes("for debian:12", files=worlds.cgo_project(), facts=samples.placed(_NEW, deploy="debian:12"))
rule.passes("an old need", files=worlds.cgo_project(), facts=samples.placed(_OLD, deploy="debian:11"))
rule.passes("static", files=worlds.cgo_project(), facts=samples.placed(samples.go_binary(cgo="0"), deploy="debian:11"))
rule.not_applicable("nobody said where it runs", files=worlds.cgo_project(), facts=samples.placed(_NEW))
rule.undetermined("an unknown system", files=worlds.cgo_project(), deploy="plan9:4", facts=samples.placed(_NEW))
