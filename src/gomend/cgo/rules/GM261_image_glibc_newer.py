"""An image builds with a newer glibc than the one it runs on.

What it finds     A Dockerfile builds a dynamic program on one glibc system and copies it to an older one.
Why it hurts      The program stops with ``version `GLIBC_2.34' not found`` as soon as it uses a symbol that came later.
Example           ``FROM golang:1.25`` (Debian 13) … ``FROM debian:11`` with ``COPY --from=build``.
After the fix     Both stages have the same system, the build has the older one, or the program is static.
Fix safety        Manual: gomend does not rewrite CI files.
How it is proved  The file is read again and no longer says so.
References        sourceware.org/glibc/wiki, symbol versioning; packages.debian.org/libc6.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.binary.elf import version_key
from gomend.cgo import worlds
from gomend.cgo.facts.ci import CiBuilds
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import needs_cgo
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.facts import Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM261",
    "glibc-too-new",
    severity=Severity.WARNING,
    since="0.1",
    title="{file} builds with glibc {newer} of {build} and runs on {deploy} with {older}",
    message="{place} in {file} links with glibc {newer}; {deploy} has {older}, and what came later is not there.",
    doc=__doc__,
)


@rule.check
def check(ci: CiBuilds, packages: CgoPackages, targets: Targets) -> Iterator[Finding]:
    needed = needs_cgo(packages, targets)
    for item in ci.items if needed else ():
        build, system = item.build, item.system
        if system is None or system.libc != "glibc" or item.cgo == "0" or item.static or build.cross:
            continue
        if "zig" in build.variables.get("CC", ""):
            continue
        for image, _, line in build.deploys:
            other = item.system_of(image)
            if other is None or other.libc != "glibc" or not (system.version and other.version):
                continue
            if version_key(system.version) > version_key(other.version):
                yield rule.finding(
                    item.subject(),
                    key=image,
                    evidence=[item.evidence(), item.at(line), needed[0].evidence(packages.source)],
                    confidence=Confidence.MEDIUM,
                    file=item.file.name,
                    place=build.place,
                    build=build.image,
                    deploy=image,
                    newer=system.version,
                    older=other.version,
                )


@rule.fix("Build on the older system", safety=Safety.MANUAL)
def older(finding: Finding) -> Mend | None:
    where = f"{finding.subject.path}:{finding.subject.line}"
    return Mend(
        hints=(f"# {where}: build FROM the system that the program runs on, or CC='zig cc -target x86_64-linux-gnu.2.28'",)
    )


_OLDER = "FROM golang:1.25 AS build\nCOPY . .\nRUN go build -o /shop .\nFROM debian:11\nCOPY --from=build /shop /shop\n"

rule.catches("Debian 13 to 11", files={**worlds.cgo_project(), "Dockerfile": _OLDER}, programs=("gcc",), commands=worlds.GCC)
rule.catches(
    "to Ubuntu 20.04",
    files={**worlds.cgo_project(), "Dockerfile": _OLDER.replace("debian:11", "ubuntu:20.04").replace("1.25", "1.24-bookworm")},
    programs=("gcc",),
    commands=worlds.GCC,
)
rule.passes(
    "the same",
    files={**worlds.cgo_project(), "Dockerfile": _OLDER.replace("debian:11", "debian:13")},
    programs=("gcc",),
    commands=worlds.GCC,
)
rule.passes(
    "without cgo",
    files={**worlds.cgo_project(), "Dockerfile": _OLDER.replace("RUN go", "RUN CGO_ENABLED=0 go")},
    programs=("gcc",),
    commands=worlds.GCC,
)
rule.not_applicable("no CI file builds Go code", files=worlds.cgo_project())
rule.undetermined(
    "the files cannot be read",
    files=worlds.cgo_project(),
    programs=("gcc",),
    commands=worlds.GCC,
    without={"CiBuilds": Unknown(reason="permission denied")},
)
