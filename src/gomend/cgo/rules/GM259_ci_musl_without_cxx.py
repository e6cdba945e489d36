"""A CI job compiles C++ with a musl that has no C++ library.

What it finds     A package has C++ files, and a stage on Alpine installs gcc without g++, or a job says CC=musl-gcc.
Why it hurts      The compiler stops at ``#include <string>``, or go does not find g++.
Example           ``RUN apk add gcc musl-dev`` before ``go build`` of a package with .cpp files.
After the fix     The stage installs g++, or C++ is compiled by zig.
Fix safety        Manual: gomend does not rewrite CI files.
How it is proved  The file is read again and no longer says so.
References        pkgs.alpinelinux.org (g++, libstdc++-dev); musl-gcc(1).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.ci import COMPILERS, CXX, CiBuilds
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM259",
    "musl-without-cxx",
    severity=Severity.WARNING,
    since="0.1",
    title="{file} compiles the C++ of {package} without a C++ library",
    message="{place} in {file} builds {package}, which has {files}; {missing} is missing there.",
    doc=__doc__,
)


@rule.check
def check(ci: CiBuilds, packages: CgoPackages, targets: Targets) -> Iterator[Finding]:
    used = next((p for p in packages.of(targets.current) if p.cxx_files), None)
    for item in ci.items if used else ():
        build, system = item.build, item.system
        if used is None or item.cgo == "0" or build.cross:
            continue
        bare = "musl-gcc" in build.variables.get("CC", "") and "zig" not in build.variables.get("CXX", "")
        alpine = system is not None and system.libc == "musl" and build.installed & COMPILERS and not build.installed & CXX
        if bare or alpine:
            yield rule.finding(
                item.subject(),
                evidence=[item.evidence(), Evidence(source=used.path, quote=", ".join(used.cxx_files))],
                file=item.file.name,
                place=build.place,
                package=used.path,
                files=", ".join(used.cxx_files[:3]),
                missing="g++",
            )


@rule.fix("Install g++, or compile with zig", safety=Safety.MANUAL)
def install(finding: Finding) -> Mend | None:
    where = f"{finding.subject.path}:{finding.subject.line}"
    return Mend(
        hints=(
            f"# {where}: apk add g++",
            f"# {where}: CC='zig cc -target x86_64-linux-musl' CXX='zig c++ -target x86_64-linux-musl'",
        )
    )


_ALPINE = "FROM golang:1.24-alpine\nRUN apk add gcc musl-dev\nRUN go build -o /shop .\n"
_CXX = {**worlds.cgo_project(), "add.cpp": "int x;\n"}

rule.catches("Alpine with gcc alone", files={**_CXX, "Dockerfile": _ALPINE}, programs=("gcc",), commands=worlds.GCC)
rule.catches(
    "musl-gcc",
    files={**_CXX, "Makefile": "all:\n\tCC=musl-gcc CGO_ENABLED=1 go build .\n"},
    programs=("gcc",),
    commands=worlds.GCC,
)
rule.passes("g++ is there", files={**_CXX, "Dockerfile": _ALPINE.replace("gcc", "g++")}, programs=("gcc",), commands=worlds.GCC)
rule.passes("no C++", files={**worlds.cgo_project(), "Dockerfile": _ALPINE}, programs=("gcc",), commands=worlds.GCC)
rule.not_applicable("no CI file builds Go code", files=worlds.cgo_project())
rule.undetermined(
    "the files cannot be read",
    files=worlds.cgo_project(),
    programs=("gcc",),
    commands=worlds.GCC,
    without={"CiBuilds": Unknown(reason="permission denied")},
)
