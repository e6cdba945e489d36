"""A program that is there “does not exist”: its loader is missing.

What it finds     A log says ``no such file or directory`` or ``required file not found`` of a program that exists, and the program names an interpreter (PT_INTERP).
Why it hurts      The kernel means the loader, and the message names the program.
Example           ``exec /app: no such file or directory`` in an Alpine or scratch container.
After the fix     The program is static, or linked with the C library of the system that it runs on.
Fix safety        Manual: with ``deploy`` in gomend.toml GM222 offers the fix.
How it is proved  The program's headers are read again.
References        man7.org/linux/man-pages/man2/execve.2.html (ENOENT).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, samples
from gomend.cgo.facts.binaries import PlacedBinaries
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import sure
from gomend.cgo.symptoms.base import Kind
from gomend.cgo.symptoms.chinese import english
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_SURE = ("required file not found", "exec", "failed to run command")

rule = Rule(
    "GM275",
    "interpreter-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="{program} was not started: its loader {interpreter} is missing",
    message="The message names {program}, but what is missing is {interpreter}, which loads it.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, binaries: PlacedBinaries | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.LOADER_NOT_FOUND):
        found = binaries.at(symptom.path) if isinstance(binaries, PlacedBinaries) and symptom.path else None
        if found is not None and found.info.interpreter is None:
            continue  # a static program: the message means what it says
        line = english(log.lines[symptom.line])
        if found is None and not symptom.name and not any(mark in line for mark in _SURE):
            continue  # a shell that does not find a file may simply be right
        yield rule.finding(
            Subject(kind="binary", name=symptom.path or symptom.name),
            evidence=[log.evidence(symptom.line), *([found.evidence()] if found else [])],
            confidence=sure(found is not None),
            program=symptom.path or "?",
            interpreter=(found.info.interpreter if found else symptom.name) or "PT_INTERP",
        )


@rule.fix("Make it static, or link it with that system's C library", safety=Safety.MANUAL)
def static(
    finding: Finding,
    flags: BuildFlags | Absent | Unknown,
    packages: CgoPackages | Absent | Unknown,
    targets: Targets | Absent | Unknown,
) -> Mend | None:
    del finding
    return Mend(hints=mending.static_link(flags, packages, mending.current(targets)))


_LOG = "bash: line 1: ./bin/shop: cannot execute: required file not found\n"
_DYNAMIC = samples.go_binary(interpreter="/lib/ld-musl-x86_64.so.1", here=False)

rule.catches("bash says so", subject="./bin/shop", log=_LOG)
rule.catches("the binary is here", log=_LOG, facts=samples.placed(_DYNAMIC))
rule.catches(
    "a chroot",
    subject="/shop",
    log="chroot: failed to run command '/shop': No such file or directory\n",
    facts=samples.placed(_DYNAMIC),
)
rule.catches("a container", log="exec /app: no such file or directory\n")
rule.catches("qemu", log="qemu-aarch64: Could not open '/lib/ld-linux-aarch64.so.1': No such file or directory\n")
rule.passes(
    "the binary is static",
    log="chroot: failed to run command '/shop': No such file or directory\n",
    facts=samples.placed(samples.go_binary()),
)
rule.passes("a script that is not there", log="bash: line 1: ./scripts/build.sh: No such file or directory\n")
rule.passes("a Go file", log="open ./main.go: no such file or directory\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
