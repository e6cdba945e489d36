"""The C compiler did not understand what go said, because it is for another machine.

What it finds     A log has an option that go passes for a CPU or system and the compiler refuses (``-marm``, ``-arch``, ``-m64``), or assembly of runtime/cgo that the assembler cannot read.
Why it hurts      The build stops at runtime/cgo with messages about files that nobody of the project wrote.
Example           ``gcc: error: unrecognized command-line option '-marm'``.
After the fix     CC names a compiler for the target.
Fix safety        Manual: where this machine shows the same, GM204 and GM219 offer the fix.
How it is proved  The command is run again and no longer says so.
References        cmd/go/internal/work, Builder.gccArchArgs; runtime/cgo, gcc_arm64.S.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gomend.cgo import mending
from gomend.cgo.facts.compilers import CompilerOffers
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import sure
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_OURS = frozenset(
    {"-marm", "-m64", "-m32", "-arch", "-mabi=64", "-mabi=32", "-m31", "-mthreads", "-mabi=lp64d", "-EL", "-EB", "-meabi=5"}
)

_RUNTIME = re.compile(r"(?:\S*/)?(?:gcc_\w+\.[ch]|libcgo\w*\.h)$")
_PLAIN = frozenset({"stdlib.h", "stdio.h", "string.h", "errno.h", "stddef.h", "stdint.h", "assert.h"})
"""Headers that every C library has: without them it is the C library that is missing."""

rule = Rule(
    "GM251",
    "compiler-wrong-target",
    severity=Severity.ERROR,
    since="0.1",
    title="The C compiler is for another machine than the target: {what}",
    message="The log says {what}: that is what a compiler for another CPU or system says to go.",
    doc=__doc__,
    explains=("GM267", "GM270"),
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, targets: Targets | Absent | Unknown) -> Iterator[Finding]:
    options = [s for s in seen.of(Kind.OPTION_UNKNOWN) if s.name in _OURS]
    assembly = [s for s in seen.of(Kind.FOREIGN_ASSEMBLY) if s.path.rsplit("/", 1)[-1].startswith("gcc_") or not s.path]
    # The C files of runtime/cgo compile with every compiler that is for their system.
    inside = [s for s in seen.of(Kind.FUNCTION_UNDECLARED, Kind.HEADER_NOT_FOUND) if _RUNTIME.match(s.path)]
    inside = [] if any(s.name in _PLAIN for s in seen.of(Kind.HEADER_NOT_FOUND)) else inside
    for symptom in (*options, *assembly[:1], *inside[:1]):
        cross = isinstance(targets, Targets) and any(t.cross for t in targets.items)
        yield rule.finding(
            Subject(kind="compiler", name="CC"),
            evidence=[log.evidence(symptom.line)],
            confidence=sure(cross),
            what=symptom.name or symptom.detail,
        )
        return


@rule.fix("Name a compiler for the target", safety=Safety.MANUAL)
def name_one(finding: Finding, targets: Targets | Absent | Unknown, offers: CompilerOffers | Absent | Unknown) -> Mend | None:
    del finding
    target = mending.current(targets)
    offer = offers.of(target) if target and target.cross and isinstance(offers, CompilerOffers) else None
    if offer:
        return Mend(hints=(mending.plain("CC", offer.cc), "export CGO_ENABLED=1"))
    return Mend(
        hints=(
            "go env GOOS GOARCH CC   # what is built, and by whom",
            "$(go env CC) -dumpmachine   # what that makes code for",
            "# CC=aarch64-linux-gnu-gcc GOARCH=arm64 CGO_ENABLED=1 go build ./...",
        )
    )


rule.catches(
    "an option of another CPU", subject="CC", log="# runtime/cgo\ngcc: error: unrecognized command-line option '-marm'\n"
)
rule.catches("for macOS", env={"GOOS": "darwin"}, log="gcc: error: unrecognized command-line option '-arch'\n")
rule.catches(
    "the assembler", log="gcc_arm64.S: Assembler messages:\ngcc_arm64.S:30: Error: no such instruction: `stp x29,x30,[sp,'\n"
)
rule.passes("an option of the project's own", log="gcc: error: unrecognized command-line option '-fnope'\n")
rule.passes("the project's own assembly", log="fast_amd64.S:3: Error: no such instruction: `foo'\n")
rule.catches(
    "MinGW for Linux",
    log="# runtime/cgo\ngcc_clearenv.c:16:9: error: implicit declaration of function 'clearenv'; did you mean 'clearerr'? [-Werror=implicit-function-declaration]\n",
)
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
