"""A real build for a target fails, or gives something else than was asked for.

What it finds     ``go build`` of the whole project for each target, with that target's environment: it fails, builds nothing although packages use cgo, or writes a program for another CPU.
Why it hurts      This is the failure itself; settings that look right do not make a build.
Example           targets = ["linux/arm64"] without a C compiler for arm64.
After the fix     The build passes, and the program's header names the target's CPU.
Fix safety        Manual: the fixes stand at the findings that explain it.
How it is proved  By building again.
References        pkg.go.dev/cmd/go#hdr-Compile_packages_and_dependencies; pkg.go.dev/cmd/cgo.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.binary.info import BinaryInfo
from gomend.cgo import worlds
from gomend.cgo.facts.builds import BuildResult, TargetBuilds
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM260",
    "compiler-broken",
    severity=Severity.ERROR,
    since="0.1",
    title="The build for {target} does not give what was asked for: {what}",
    message="{command} was run for {target}, and the outcome was: {what}.",
    doc=__doc__,
)


@rule.check
def check(builds: TargetBuilds) -> Iterator[Finding]:
    for result in builds.items:
        goarch = result.target.partition("/")[2]
        foreign = [f"{name} ({info.arch})" for name, info in result.binaries.items() if goarch not in info.arch.split(",")]
        if result.exit:
            what = f"exit {result.exit}"
        elif result.nothing:
            what = "matched no packages"
        elif foreign:
            what = ", ".join(foreign)
        else:
            continue
        yield rule.finding(
            Subject(kind="target", name=result.target),
            evidence=[Evidence(source=result.command, quote=result.output or what)],
            target=result.target,
            what=what,
            command=result.command,
        )


@rule.fix("Look at what the compiler said", safety=Safety.MANUAL)
def look(finding: Finding) -> Mend | None:
    goos, _, goarch = finding.subject.name.partition("/")
    return Mend(hints=(f"GOOS={goos} GOARCH={goarch} go build -x ./...",))


def _built(**fields: object) -> tuple[TargetBuilds]:
    base: dict[str, object] = {"target": "linux/arm64", "command": "GOARCH=arm64 go build ./...", "exit": 0, "output": ""}
    return (TargetBuilds(items=(BuildResult(**{**base, **fields}),)),)  # type: ignore[arg-type]


rule.catches(
    "it fails", subject="linux/arm64", files=worlds.cgo_project(), facts=_built(exit=1, output="# runtime/cgo\ngcc: error")
)
rule.catches("nothing is built", files=worlds.cgo_project(), facts=_built(nothing=True))
rule.catches("another CPU", files=worlds.cgo_project(), facts=_built(binaries={"shop": BinaryInfo(format="elf", arch="amd64")}))
rule.passes("it works", files=worlds.cgo_project(), facts=_built(binaries={"shop": BinaryInfo(format="elf", arch="arm64")}))
rule.not_applicable("no package uses cgo", files=worlds.pure_project())
rule.undetermined("go build cannot be run", files=worlds.cgo_project(), programs=("gcc",))
