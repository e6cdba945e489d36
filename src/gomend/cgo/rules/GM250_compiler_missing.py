"""go did not find the C compiler.

What it finds     A log says ``C compiler "gcc" not found`` or ``exec: "gcc": executable file not found``.
Why it hurts      The build stops at runtime/cgo.
Example           A log of a container build whose image has no gcc.
After the fix     The compiler is installed where the build runs, or CC names another one.
Fix safety        Manual: the log may come from another machine. Where this machine lacks the compiler too, GM201 offers the fix.
How it is proved  The command is run again and no longer says so.
References        cmd/go/internal/work, Builder.cgo; cmd/cgo, gcc.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.compilers import CompilerOffers
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.places import Places
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import uses_cgo
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM250",
    "compiler-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="go did not find the C compiler {compiler}",
    message="The log says that {compiler} was not found: cgo was on, and the program that CC names was not on PATH.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.COMPILER_NOT_FOUND):
        yield rule.finding(
            Subject(kind="program", name=symptom.name),
            evidence=[log.evidence(symptom.line)],
            confidence=uses_cgo(packages),
            compiler=symptom.name,
        )


@rule.fix("Install {compiler}, or name another one", safety=Safety.MANUAL)
def install(
    finding: Finding,
    places: Places | Absent | Unknown,
    targets: Targets | Absent | Unknown,
    offers: CompilerOffers | Absent | Unknown,
    flags: BuildFlags | Absent | Unknown,
) -> Mend | None:
    target = mending.current(targets)
    offer = offers.of(target) if target and isinstance(offers, CompilerOffers) else None
    value = (offer.cxx if "++" in finding.subject.name else offer.cc) if offer else ""
    if value:
        name = "CXX" if "++" in finding.subject.name else "CC"
        return Mend(hints=mending.again(flags, env={name: value}), parameters={"compiler": finding.subject.name})
    return mending.program(finding.subject.name, "CC", "gcc libc6-dev", places)


_LOG = '# runtime/cgo\ncgo: C compiler "gcc" not found: exec: "gcc": executable file not found in $PATH\n'

rule.catches("cgo says so", subject="gcc", log=_LOG)
rule.catches("the project uses cgo", files=worlds.cgo_project(), log=_LOG)
rule.catches(
    "the linker says so", subject="clang", log='link: running clang failed: exec: "clang": executable file not found in $PATH\n'
)
rule.passes("another failure", log="main.go:3:1: syntax error\n")
rule.passes("pkg-config is another program", log='example.com/x: exec: "pkg-config": executable file not found in $PATH\n')
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
