"""A binary without cgo needs a loader all the same.

What it finds     A Go program that was built with CGO_ENABLED=0 for Linux has an interpreter (PT_INTERP).
Why it hurts      CGO_ENABLED=0 is taken for static, but ``-buildmode=pie`` asks for a loader, and so do packages that load C libraries at run time (purego): in scratch or Alpine the program does not start.
Example           ``CGO_ENABLED=0 go build -buildmode=pie`` for a FROM scratch image.
After the fix     The program is built as ``-buildmode=exe``, or the image has the loader.
Fix safety        Manual: only a person knows why the mode was chosen.
How it is proved  The new file's program headers have no interpreter.
References        cmd/link/internal/ld, elf.go (PT_INTERP for PIE); github.com/ebitengine/purego.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import samples, worlds
from gomend.cgo.facts.binaries import PlacedBinaries
from gomend.cgo.facts.flags import BuildFlags
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM227",
    "dynamic-without-cgo",
    severity=Severity.WARNING,
    since="0.1",
    title="{binary} was built without cgo and still needs {interpreter}",
    message="{binary} records CGO_ENABLED=0 ({mode}), but it is loaded by {interpreter}: it is not static.",
    doc=__doc__,
    explains=("GM222", "GM275"),
)


@rule.check
def check(binaries: PlacedBinaries) -> Iterator[Finding]:
    for binary in binaries.items:
        go = binary.info.go
        if go is None or binary.info.format != "elf" or binary.info.kind != "executable":
            continue
        if go.settings.get("CGO_ENABLED") == "0" and binary.info.interpreter:
            mode = f"-buildmode={go.settings.get('-buildmode', 'exe')}"
            yield rule.finding(
                binary.subject(),
                evidence=[binary.evidence(), Evidence(source=f"go version -m {binary.name}", quote=f"CGO_ENABLED=0\n{mode}")],
                binary=binary.name,
                interpreter=binary.info.interpreter,
                mode=mode,
            )


@rule.fix("Build it as a plain static program", safety=Safety.MANUAL)
def plain(finding: Finding, binaries: PlacedBinaries, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    if isinstance(flags, BuildFlags) and flags.builds:
        return Mend(hints=flags.again({"buildmode": "exe"}, {"CGO_ENABLED": "0"}))
    binary = next(b for b in binaries.items if b.name == finding.subject.name)
    path = binary.info.go.path if binary.info.go else "."
    return Mend(hints=(f"CGO_ENABLED=0 go build -buildmode=exe -o {binary.name} {path}",))


_PIE = samples.go_binary(interpreter=samples.GLIBC_LOADER, pie=True, cgo="0", buildmode="pie")

rule.catches("-buildmode=pie", subject="bin/shop", files=worlds.pure_project(), facts=samples.placed(_PIE))
rule.passes("static", files=worlds.pure_project(), facts=samples.placed(samples.go_binary(cgo="0", buildmode="exe")))
rule.passes(
    "with cgo",
    files=worlds.pure_project(),
    facts=samples.placed(samples.go_binary(interpreter=samples.GLIBC_LOADER, cgo="1")),
)
rule.not_applicable("no binary", files=worlds.pure_project())
