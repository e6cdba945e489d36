"""An image builds with one C library and runs on another.

What it finds     A Dockerfile builds a dynamic program on Debian and copies it to Alpine, scratch or distroless/static, or builds on Alpine and copies to Debian.
Why it hurts      The container ends with ``exec /app: no such file or directory``: the loader of the other C library is not there.
Example           ``FROM golang:1.24`` … ``FROM alpine:3.20`` with ``COPY --from=build``, and the program imports net.
After the fix     CGO_ENABLED=0, a static link, or two images with the same C library.
Fix safety        Manual: gomend does not rewrite CI files.
How it is proved  The file is read again and no longer says so.
References        man7.org/linux/man-pages/man8/ld.so.8.html; wiki.musl-libc.org, functional differences from glibc.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.ci import COMPILERS, CiBuilds, PlacedBuild
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import needs_cgo
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

_BRIDGES = frozenset({"libc6-compat", "gcompat", "musl"})
"""Packages with the other loader."""

rule = Rule(
    "GM257",
    "interpreter-missing",
    severity=Severity.WARNING,
    since="0.1",
    title="{file} builds on {build} and runs on {deploy}, which has no {libc}",
    message="{place} in {file} makes a dynamic program with {libc} of {build}; {deploy} cannot load it.",
    doc=__doc__,
)


@rule.check
def check(ci: CiBuilds, packages: CgoPackages | Absent, targets: Targets) -> Iterator[Finding]:
    needed = needs_cgo(packages, targets) if isinstance(packages, CgoPackages) else ()
    for item in ci.items:
        build, system = item.build, item.system
        if system is None or not _dynamic(item, bool(needed), ci.network):
            continue
        for image, installed, line in build.deploys:
            other = item.system_of(image)
            if other is None or other.libc == system.libc or installed & _BRIDGES:
                continue
            yield rule.finding(
                item.subject(),
                key=image,
                evidence=[item.evidence(), item.at(line), *([needed[0].evidence("go list")] if needed else [])],
                confidence=Confidence.HIGH if needed else Confidence.MEDIUM,
                file=item.file.name,
                place=build.place,
                build=build.image,
                deploy=image,
                libc=system.libc,
            )


def _dynamic(item: PlacedBuild, cgo: bool, network: bool) -> bool:
    """Whether go makes a program with a loader there."""
    build = item.build
    off = item.cgo == "0" or (build.cross and item.cgo != "1")
    if off or item.static or build.command.verb == "test":
        return False
    if item.system is not None and item.system.libc == "musl" and item.cgo != "1" and not build.installed & COMPILERS:
        return False  # without a compiler go has switched cgo off
    tags = next((v for n, v, _, _ in build.command.flags() if n == "tags"), "")
    return cgo or (network and "netgo" not in tags)


@rule.fix("Build without cgo, or statically, or on the same system", safety=Safety.MANUAL)
def choose(finding: Finding, packages: CgoPackages | Absent, targets: Targets) -> Mend | None:
    where = f"{finding.subject.path}:{finding.subject.line}"
    if not (isinstance(packages, CgoPackages) and needs_cgo(packages, targets)):
        return Mend(hints=(f"# {where}: CGO_ENABLED=0 go build",))
    return Mend(
        hints=(
            f"# {where}: go build -tags netgo,osusergo -ldflags '-linkmode external -extldflags -static'",
            "# or FROM the same system for both stages",
        )
    )


_MIXED = "FROM golang:1.24 AS build\nCOPY . .\nRUN go build -o /shop .\nFROM alpine:3.20\nCOPY --from=build /shop /shop\n"
_NET = {**worlds.pure_project(), "main.go": 'package main\n\nimport "net/http"\n\nfunc main() { http.Get("") }\n'}

rule.catches(
    "cgo, Debian to Alpine", files={**worlds.cgo_project(), "Dockerfile": _MIXED}, programs=("gcc",), commands=worlds.GCC
)
rule.catches(
    "Alpine to Debian",
    files={
        **worlds.cgo_project(),
        "Dockerfile": _MIXED.replace("golang:1.24", "golang:1.24-alpine")
        .replace("COPY . .", "RUN apk add gcc musl-dev")
        .replace("alpine:3.20", "debian:12-slim"),
    },
    programs=("gcc",),
    commands=worlds.GCC,
)
rule.catches("net, Debian to scratch", files={**_NET, "Dockerfile": _MIXED.replace("alpine:3.20", "scratch")})
rule.passes("cgo is off", files={**_NET, "Dockerfile": _MIXED.replace("RUN go", "RUN CGO_ENABLED=0 go")})
rule.passes("nothing of it is dynamic", files={**worlds.pure_project(), "Dockerfile": _MIXED})
rule.passes(
    "the same system",
    files={**worlds.cgo_project(), "Dockerfile": _MIXED.replace("alpine:3.20", "debian:12")},
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
