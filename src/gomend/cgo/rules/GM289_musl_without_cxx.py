"""musl-gcc compiles no C++.

What it finds     A log misses a header of the C++ library, or the C++ compiler, while CC compiles for musl.
Why it hurts      musl-gcc is a wrapper for C only: there is no libstdc++ for it.
Example           ``fatal error: iostream: No such file or directory`` with CC=musl-gcc.
After the fix     ``zig c++ -target …-musl`` compiles, or the build runs in Alpine, which has g++ for musl.
Fix safety        Manual: CXX has to be set beside CC.
How it is proved  The command is run again and no longer says so.
References        wiki.musl-libc.org/faq.html; wiki.musl-libc.org/getting-started.html.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.compilers import CompilerOffers, Compilers
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import sure
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_CXX = frozenset(
    [
        "algorithm",
        "atomic",
        "cassert",
        "cstddef",
        "cstdint",
        "cstdio",
        "cstdlib",
        "cstring",
        "functional",
        "iostream",
        "map",
        "memory",
        "mutex",
        "string",
        "thread",
        "vector",
    ]
)

rule = Rule(
    "GM289",
    "musl-without-cxx",
    severity=Severity.ERROR,
    since="0.1",
    title="musl-gcc has no C++ library: {header} is missing",
    message="{header} belongs to a C++ library, and musl-gcc has none.",
    doc=__doc__,
    explains=("GM267",),
)


@rule.check
def check(
    log: LogText, seen: CgoSymptoms, compilers: Compilers | Absent | Unknown, packages: CgoPackages | Absent | Unknown
) -> Iterator[Finding]:
    known = isinstance(compilers, Compilers) and any(c.musl for c in compilers.by_value.values())
    # Of a project that is not here the compiler is not known either; glibc systems have these headers.
    elsewhere = "musl" in log.text or not isinstance(packages, CgoPackages)
    for symptom in seen.of(Kind.HEADER_NOT_FOUND):
        if symptom.name in _CXX and (known or elsewhere):
            yield rule.finding(
                Subject(kind="header", name=symptom.name),
                evidence=[log.evidence(symptom.line, more=1)],
                confidence=sure(known, half="musl" in log.text),
                header=symptom.name,
            )


@rule.fix("Compile C++ with zig or in Alpine", safety=Safety.MANUAL)
def zig(
    finding: Finding,
    targets: Targets | Absent | Unknown,
    offers: CompilerOffers | Absent | Unknown,
    flags: BuildFlags | Absent | Unknown,
) -> Mend | None:
    del finding
    lines = mending.again(flags, env=mending.other_libc(targets, offers, musl=True))
    return Mend(hints=(*lines, "# or in an Alpine container: apk add g++"))


_LOG = "./add.cc:1:10: fatal error: iostream: No such file or directory\n"
_MUSL = worlds.machine("musl-gcc", "x86_64-linux-gnu")

rule.catches(
    "musl-gcc",
    subject="iostream",
    files=worlds.cgo_project(),
    env={"CC": "musl-gcc"},
    programs=("musl-gcc",),
    commands=_MUSL,
    log=_LOG,
)
rule.catches("the log names it", log="musl-gcc -c add.cc\n" + _LOG)
rule.passes("gcc", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC, log=_LOG)
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
