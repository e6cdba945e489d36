"""A C symbol was declared and is defined nowhere.

What it finds     A log says ``undefined reference to `name'`` (GNU ld) or ``undefined symbol: name`` (lld).
Why it hurts      The library that defines it is not on the link line, stands before what uses it, or has the name in another form (C++).
Example           ``undefined reference to `not_there'``.
After the fix     ``#cgo LDFLAGS`` or CGO_LDFLAGS names the library, behind what uses it.
Fix safety        Manual: only a person knows which library was meant.
How it is proved  The command is run again and no longer says so.
References        sourceware.org/binutils/docs/ld/Options.html (-l); pkg.go.dev/cmd/cgo.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.judging import uses_cgo
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM269",
    "symbol-undefined",
    severity=Severity.ERROR,
    since="0.1",
    title="The C symbol {symbol} is defined nowhere",
    message="The linker found no definition of {symbol} in the objects and libraries that it was given.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.SYMBOL_UNDEFINED):
        yield rule.finding(
            Subject(kind="symbol", name=symptom.name),
            evidence=[log.evidence(symptom.line)],
            confidence=uses_cgo(packages),
            symbol=symptom.name,
        )


@rule.fix("Link the library that defines {symbol}", safety=Safety.MANUAL)
def link(finding: Finding) -> Mend | None:
    name = finding.subject.name
    return Mend(
        hints=(
            f"# nm -A --defined-only /usr/lib/*/lib*.a 2>/dev/null | grep -w {shlex.quote(name)}   # which library has it",
            "# then in the Go file: #cgo LDFLAGS: -lTHAT",
        ),
        parameters={"symbol": name},
    )


rule.catches(
    "GNU ld",
    subject="not_there",
    files=worlds.cgo_project(),
    log="$WORK/b001/main.cgo2.c:54: undefined reference to `not_there'\n",
)
rule.catches("lld", subject="not_there", log="ld.lld: error: undefined symbol: not_there\n")
rule.passes("a Go name", log="./main.go:3:29: undefined: cAdd\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
