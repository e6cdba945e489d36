"""A binary was asked to be position independent and is not.

What it finds     The build information of a binary says ``-buildmode=pie``, and its ELF header says that it is a fixed-address program.
Why it hurts      ``-extldflags -static`` overrides ``-pie`` in gcc without a word: address randomisation, which was asked for, is lost.
Example           ``go build -buildmode=pie -ldflags '-linkmode external -extldflags -static'``.
After the fix     The program is linked with ``-extldflags -static-pie``.
Fix safety        Manual: gomend does not know the whole build command.
How it is proved  The ELF header of the new file says DYN.
References        gcc.gnu.org/onlinedocs/gcc/Link-Options.html (-static-pie).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, samples, worlds
from gomend.cgo.facts.binaries import PlacedBinaries
from gomend.cgo.facts.flags import BuildFlags
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM223",
    "pie-static-conflict",
    severity=Severity.WARNING,
    since="0.1",
    title="{binary} was built with -buildmode=pie and is not position independent",
    message="{binary} records -buildmode=pie, but it is a static program with fixed addresses: -static won over -pie.",
    doc=__doc__,
)


@rule.check
def check(binaries: PlacedBinaries) -> Iterator[Finding]:
    for binary in binaries.items:
        go = binary.info.go
        if binary.info.format != "elf" or go is None or go.settings.get("-buildmode") != "pie" or binary.info.pie:
            continue
        said = [f"{n}={v}" for n, v in go.settings.items() if n in {"-buildmode", "-ldflags"}]
        yield rule.finding(
            binary.subject(),
            evidence=[
                Evidence(source=f"go version -m {binary.name}", quote="\n".join(said)),
                Evidence(source=f"readelf -h {binary.name}", quote="Type: EXEC"),
            ],
            binary=binary.name,
        )


@rule.fix("Link with -static-pie", safety=Safety.MANUAL)
def static_pie(finding: Finding, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    del finding
    return Mend(hints=mending.static_pie(flags))


_LOST = samples.go_binary(cgo="1", buildmode="pie", ldflags="-linkmode external -extldflags -static")

rule.catches("-static won", subject="bin/shop", files=worlds.cgo_project(), facts=samples.placed(_LOST))
rule.passes("static-pie", files=worlds.cgo_project(), facts=samples.placed(samples.go_binary(pie=True, buildmode="pie")))
rule.passes("nobody asked for it", files=worlds.cgo_project(), facts=samples.placed(samples.go_binary(buildmode="exe")))
rule.not_applicable("no binary", files=worlds.cgo_project())
