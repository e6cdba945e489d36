"""A header exists only in glibc, and the compiler uses musl.

What it finds     A log misses a header that glibc alone has (execinfo.h, gnu/libc-version.h, fts.h, obstack.h …), while CC compiles for musl.
Why it hurts      The code cannot be built for musl as it is: Alpine, musl-gcc, ``zig cc -target …-musl``.
Example           ``fatal error: execinfo.h: No such file or directory`` with CC=musl-gcc.
After the fix     The include stands behind ``#ifdef __GLIBC__``, a package such as libexecinfo gives the header, or the target is glibc.
Fix safety        Manual: the C code is a person's own.
How it is proved  The command is run again and no longer says so.
References        wiki.musl-libc.org/functional-differences-from-glibc.html; wiki.musl-libc.org/faq.html.
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
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_GLIBC_ONLY = frozenset(
    {"execinfo.h", "gnu/libc-version.h", "gnu/lib-names.h", "fts.h", "obstack.h", "argp.h", "error.h", "printf.h", "mcheck.h"}
    | {"sys/cdefs.h", "sys/queue.h", "sys/tree.h", "libio.h", "_G_config.h", "rpc/rpc.h", "thread_db.h", "argz.h", "envz.h"}
)

rule = Rule(
    "GM271",
    "glibc-only-header",
    severity=Severity.ERROR,
    since="0.1",
    title="{header} is a header of glibc, and the compiler uses musl",
    message="{where} includes {header}, which musl does not have.",
    doc=__doc__,
    explains=("GM267",),
)


@rule.check
def check(
    log: LogText, seen: CgoSymptoms, compilers: Compilers | Absent | Unknown, packages: CgoPackages | Absent | Unknown
) -> Iterator[Finding]:
    known = isinstance(compilers, Compilers) and any(c.musl for c in compilers.by_value.values())
    if isinstance(compilers, Compilers) and isinstance(packages, CgoPackages) and not known and "musl" not in log.text:
        return  # the compiler of this project is here and has glibc; a log of elsewhere can only mean musl
    for symptom in seen.of(Kind.HEADER_NOT_FOUND):
        if symptom.name in _GLIBC_ONLY:
            yield rule.finding(
                Subject(kind="header", name=symptom.name),
                evidence=[log.evidence(symptom.line, more=1), *_asked(compilers)],
                confidence=sure(known, half="musl" in log.text),
                header=symptom.name,
                where=symptom.path or "#include",
            )


def _asked(compilers: Compilers | Absent | Unknown) -> list[Evidence]:
    return [c.evidence() for c in compilers.by_value.values() if c.musl] if isinstance(compilers, Compilers) else []


@rule.fix("Do without {header}, or build for glibc", safety=Safety.MANUAL)
def choose(
    finding: Finding,
    targets: Targets | Absent | Unknown,
    offers: CompilerOffers | Absent | Unknown,
    flags: BuildFlags | Absent | Unknown,
) -> Mend | None:
    name = finding.subject.name
    lines = mending.again(flags, env=mending.other_libc(targets, offers, musl=False))
    return Mend(hints=(f"# or guard it: #ifdef __GLIBC__, #include <{name}>, #endif", *lines), parameters={"header": name})


_LOG = "./main.go:4:10: fatal error: execinfo.h: No such file or directory\n"
_MUSL = worlds.machine("musl-gcc", "x86_64-linux-gnu")

rule.catches(
    "musl-gcc",
    subject="execinfo.h",
    files=worlds.cgo_project(),
    env={"CC": "musl-gcc"},
    programs=("musl-gcc",),
    commands=_MUSL,
    log=_LOG,
)
rule.catches("nothing is known of the compiler", programs=("!go",), log=_LOG)
rule.passes("gcc", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC, log=_LOG)
rule.passes(
    "a header that musl has",
    env={"CC": "musl-gcc"},
    programs=("musl-gcc",),
    commands=_MUSL,
    log=_LOG.replace("execinfo", "zlib"),
)
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
