"""A C function is called without a declaration.

What it finds     A log says ``call to undeclared function`` (clang 16, zig) or ``error: implicit declaration of function`` (gcc 14).
Why it hurts      Older compilers only warned, so the same code built before.
Example           ``error: call to undeclared function 'undeclared_helper'``.
After the fix     The function is declared (its header is included), or ``-Wno-error=implicit-function-declaration`` stands in CGO_CFLAGS.
Fix safety        Manual: the C code is a person's own.
How it is proved  The command is run again and no longer says so.
References        gcc.gnu.org/gcc-14/porting_to.html; clang.llvm.org (release notes of 16).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
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
    "GM270",
    "implicit-declaration",
    severity=Severity.ERROR,
    since="0.1",
    title="The C function {function} is called without a declaration",
    message="The compiler refuses the call of {function}: no header that is included declares it.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.FUNCTION_UNDECLARED):
        yield rule.finding(
            Subject(kind="function", name=symptom.name),
            evidence=[log.evidence(symptom.line, more=1)],
            confidence=uses_cgo(packages),
            function=symptom.name,
        )


@rule.fix("Declare {function}", safety=Safety.MANUAL)
def declare(finding: Finding, targets: Targets | Absent | Unknown, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    name = finding.subject.name
    value = mending.with_words(mending.current(targets), "CGO_CFLAGS", "-Wno-error=implicit-function-declaration")
    return Mend(
        hints=(
            f"# best: declare it in the preamble, int {name}(int); or include its header. Until then:",
            *mending.again(flags, env={"CGO_CFLAGS": value}),
        ),
        parameters={"function": name},
    )


rule.catches(
    "clang",
    subject="helper",
    files=worlds.cgo_project(),
    log="./main.go:4:27: error: call to undeclared function 'helper'; ISO C99 and later do not support implicit function declarations\n",
)
rule.catches(
    "gcc 14",
    subject="helper",
    log="main.go:4:27: error: implicit declaration of function 'helper' [-Wimplicit-function-declaration]\n",
)
rule.passes(
    "only a warning", log="main.go:4:27: warning: implicit declaration of function 'helper' [-Wimplicit-function-declaration]\n"
)
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
