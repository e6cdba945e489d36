"""A binary was asked to be static and is dynamic.

What it finds     The build information of a binary has ``-extldflags`` with ``-static``, and its ELF header names an interpreter.
Why it hurts      ``-extldflags`` reach the C linker only in external linking; where only net, os/user or runtime use cgo, go links itself and drops them without a word.
Example           ``go build -ldflags '-extldflags -static'`` of a program that imports net.
After the fix     ``-linkmode=external`` stands beside it, or CGO_ENABLED=0.
Fix safety        Manual: the command is a person's own.
How it is proved  The new file's program headers have no interpreter.
References        pkg.go.dev/cmd/link (-extldflags, -linkmode).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, samples
from gomend.cgo.facts.binaries import PlacedBinaries
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM229",
    "static-flag-ignored",
    severity=Severity.WARNING,
    since="0.1",
    title="{binary} was built with -extldflags -static and is dynamic",
    message="{binary} records {flags}, but it is loaded by {interpreter}: go linked it itself and did not use -extldflags.",
    doc=__doc__,
    explains=("GM222", "GM275"),
)


@rule.check
def check(binaries: PlacedBinaries) -> Iterator[Finding]:
    for binary in binaries.items:
        go = binary.info.go
        flags = go.settings.get("-ldflags", "") if go else ""
        if "-extldflags" in flags and "-static" in flags and binary.info.interpreter:
            yield rule.finding(
                binary.subject(),
                evidence=[binary.evidence(), Evidence(source=f"go version -m {binary.name}", quote=f"-ldflags={flags}")],
                binary=binary.name,
                flags=f"-ldflags={flags}",
                interpreter=binary.info.interpreter,
            )


@rule.fix("Link externally, or without cgo", safety=Safety.MANUAL)
def external(
    finding: Finding,
    flags: BuildFlags | Absent | Unknown,
    packages: CgoPackages | Absent | Unknown,
    targets: Targets | Absent | Unknown,
) -> Mend | None:
    del finding
    return Mend(hints=mending.static_link(flags, packages, mending.current(targets)))


_LOST = samples.go_binary(interpreter=samples.GLIBC_LOADER, cgo="1", ldflags="-extldflags -static")
_KEPT = samples.go_binary(cgo="1", ldflags="-linkmode external -extldflags -static")

rule.catches("internal linking", subject="bin/shop", facts=samples.placed(_LOST))
rule.passes("external linking", facts=samples.placed(_KEPT))
rule.passes("nobody asked for it", facts=samples.placed(samples.go_binary(interpreter=samples.GLIBC_LOADER, cgo="1")))
rule.not_applicable("no binary")
rule.undetermined("nothing could be read", without={"PlacedBinaries": Unknown(reason="unreadable")})
