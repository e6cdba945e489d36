"""A static link lacks the private libraries of a pkg-config package.

What it finds     A log misses a symbol, the link is static, and packages ask for pkg-config without ``--static``.
Why it hurts      For a static link pkg-config must name what the library itself needs (Libs.private); without ``--static`` it names only the library.
Example           ``-extldflags -static`` with ``#cgo pkg-config: foo``, whose Libs.private is ``-lbar``.
After the fix     ``#cgo pkg-config: --static foo``.
Fix safety        Manual: the #cgo line may stand in a dependency.
How it is proved  The command is run again and no longer says so.
References        pkg-config(1), --static; pkg.go.dev/cmd/cgo.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.pkgconfig import PkgConfig
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import sure
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM232",
    "pkgconfig-static-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="The static link lacks private libraries of {names}: {symbol} is missing",
    message="{symbol} is defined nowhere on a static link line; {names} may need more libraries, which pkg-config names only with --static.",
    doc=__doc__,
    explains=("GM269",),
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, pkg: PkgConfig) -> Iterator[Finding]:
    static = any(" -static" in line and ("-o $WORK" in line or "a.out" in line) for line in log.lines)
    names = sorted({p.name for answers in pkg.by_target.values() for p in answers.packages if p.found})
    for symptom in seen.of(Kind.SYMBOL_UNDEFINED)[:1]:
        if static and names:
            yield rule.finding(
                Subject(kind="symbol", name=symptom.name),
                evidence=[log.evidence(symptom.line)],
                confidence=sure(False, half=True),
                names=", ".join(names),
                symbol=symptom.name,
            )


@rule.fix("Ask pkg-config for static libraries", safety=Safety.MANUAL)
def static(finding: Finding, pkg: PkgConfig, targets: Targets | Absent | Unknown) -> Mend | None:
    del finding
    names = sorted({p.name for answers in pkg.by_target.values() for p in answers.packages if p.found})
    before = mending.with_words(mending.current(targets), "CGO_LDFLAGS")
    return Mend(
        hints=(
            f'export CGO_LDFLAGS="{before} $(pkg-config --static --libs {" ".join(names)})"',
            f"# for good, in the Go file: #cgo pkg-config: --static {' '.join(names)}",
        )
    )


_ASKS = worlds.cgo_project("// #cgo pkg-config: foo\n// #include <foo.h>")
_SAYS = {
    "pkg-config --print-errors --cflags --libs foo": worlds.say("-lfoo"),
    "pkg-config --variable=pcfiledir foo": worlds.say("/usr/lib/pkgconfig"),
}
_LOG = (
    "/usr/bin/gcc -m64 -o $WORK/b001/exe/a.out go.o -lfoo -static\n/usr/bin/ld: libfoo.a(f.o): undefined reference to `bar'\n"
)
_TOOLS = ("gcc", "pkg-config")

rule.catches("Libs.private", subject="bar", files=_ASKS, programs=_TOOLS, commands=_SAYS, log=_LOG)
rule.passes("a dynamic link", files=_ASKS, programs=_TOOLS, commands=_SAYS, log=_LOG.replace(" -static", ""))
rule.passes("another failure", files=_ASKS, programs=_TOOLS, commands=_SAYS, log="main.go:1:1: syntax error\n")
rule.not_applicable("nobody asks for pkg-config", files=worlds.cgo_project(), programs=_TOOLS, log=_LOG)
rule.undetermined("go is not on PATH", files=_ASKS, programs=("!go",), log=_LOG)
