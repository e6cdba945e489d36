"""A CI job or image builds C code and has no C compiler for it.

What it finds     A stage of an Alpine image runs ``go build`` and installs no compiler; or a job says CGO_ENABLED=1 for another machine and names no CC; and a package uses cgo.
Why it hurts      The build stops at runtime/cgo, or go switches cgo off and leaves files out.
Example           ``FROM golang:1.24-alpine`` and ``RUN go build ./...`` of a project with sqlite.
After the fix     The stage installs gcc and musl-dev, or the job names a compiler for each target.
Fix safety        Manual: gomend does not rewrite CI files.
How it is proved  The file is read again and no longer says so.
References        hub.docker.com/_/golang (alpine has no gcc); pkg.go.dev/cmd/cgo.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.ci import COMPILERS, CiBuilds
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import needs_cgo
from gomend.model.base import Safety, Severity
from gomend.model.facts import Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM256",
    "compiler-missing",
    severity=Severity.WARNING,
    since="0.1",
    title="{file} compiles C for {target} without a C compiler: {missing} is missing",
    message="{place} in {file} builds {package}, which uses cgo, for {target}; {missing} is missing there.",
    doc=__doc__,
)


@rule.check
def check(ci: CiBuilds, packages: CgoPackages, targets: Targets) -> Iterator[Finding]:
    needed = needs_cgo(packages, targets)
    for item in ci.items if needed else ():
        build = item.build
        if item.cgo == "0":
            continue
        system = item.system
        named = bool(build.variables.keys() & {"CC", "CC_FOR_TARGET"}) or "zig" in build.installed
        why, target = "", "/".join(build.host)
        if system is not None and system.libc == "musl" and not build.installed & COMPILERS and not build.cross:
            why = "gcc"
        elif item.cgo == "1" and build.cross and not named and build.host[0] != "darwin":
            why, target = "CC", "/".join(build.cross[0])
        if why:
            yield rule.finding(
                item.subject(),
                evidence=[item.evidence(), needed[0].evidence(packages.source)],
                file=item.file.name,
                place=build.place,
                package=needed[0].path,
                target=target,
                missing=why,
            )


@rule.fix("Install a compiler there, or name one", safety=Safety.MANUAL)
def install(finding: Finding, ci: CiBuilds) -> Mend | None:
    item = next((i for i in ci.items if i.subject() == finding.subject), None)
    where = f"{finding.subject.path}:{finding.subject.line}"
    if item is not None and item.system is not None and item.system.libc == "musl":
        return Mend(hints=(f"# {where}, before it: RUN apk add --no-cache gcc musl-dev",))
    return Mend(hints=(f"# {where}: CC=aarch64-linux-gnu-gcc, or CC='zig cc -target aarch64-linux-musl'",))


_ALPINE = "FROM golang:1.24-alpine AS build\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=1 go build -o /shop .\n"

rule.catches("Alpine", files={**worlds.cgo_project(), "Dockerfile": _ALPINE}, programs=("gcc",), commands=worlds.GCC)
rule.catches(
    "a cross job without CC",
    files={**worlds.cgo_project(), "Makefile": "arm:\n\tCGO_ENABLED=1 GOARCH=arm64 go build .\n"},
    programs=("gcc",),
    commands=worlds.GCC,
)
rule.passes(
    "gcc is installed",
    files={**worlds.cgo_project(), "Dockerfile": _ALPINE.replace("WORKDIR", "RUN apk add --no-cache gcc musl-dev\nWORKDIR")},
    programs=("gcc",),
    commands=worlds.GCC,
)
rule.passes(
    "Debian has gcc",
    files={**worlds.cgo_project(), "Dockerfile": _ALPINE.replace("-alpine", "")},
    programs=("gcc",),
    commands=worlds.GCC,
)
rule.passes(
    "a compiler is named",
    files={**worlds.cgo_project(), "Makefile": "arm:\n\tCGO_ENABLED=1 CC=aarch64-linux-gnu-gcc GOARCH=arm64 go build .\n"},
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
