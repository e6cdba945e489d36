"""A library was compiled with a newer glibc than the one that is linked.

What it finds     A log misses symbols that newer glibc headers bring in (``__isoc23_strtol`` since 2.38, ``__libc_single_threaded`` since 2.32, ``_dl_find_object`` since 2.35), and the program is linked with glibc.
Why it hurts      An archive from a newer system cannot be linked on an older one.
Example           ``undefined reference to `__isoc23_strtol'`` on Debian 12 with an archive from Fedora 39.
After the fix     The archive is built on the older system, or the program on the newer one.
Fix safety        Manual: gomend does not have the archive's source.
How it is proved  The command is run again and no longer says so.
References        sourceware.org/glibc/wiki/Release/2.38.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.compilers import CompilerOffers, Compilers
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import sure
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_SINCE = {
    "__isoc23_": "2.38",
    "__libc_single_threaded": "2.32",
    "_dl_find_object": "2.35",
    "__libc_start_main@GLIBC_2.34": "2.34",
    "arc4random": "2.36",
    "strlcpy": "2.38",
    "strlcat": "2.38",
}

rule = Rule(
    "GM273",
    "archive-needs-newer-glibc",
    severity=Severity.ERROR,
    since="0.1",
    title="{symbol} is in newer glibc versions only",
    message="A library needs {symbol}, which came with glibc {version}; the one that is linked is older.",
    doc=__doc__,
    explains=("GM269",),
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, compilers: Compilers | Absent | Unknown) -> Iterator[Finding]:
    musl = isinstance(compilers, Compilers) and any(c.musl for c in compilers.by_value.values())
    for symptom in seen.of(Kind.SYMBOL_UNDEFINED):
        version = next((v for prefix, v in _SINCE.items() if symptom.name.startswith(prefix)), "")
        if version and not musl and "musl" not in log.text:
            yield rule.finding(
                Subject(kind="symbol", name=symptom.name),
                evidence=[log.evidence(symptom.line)],
                confidence=sure(isinstance(compilers, Compilers)),
                symbol=symptom.name,
                version=version,
            )
            return


@rule.fix("Link with a newer glibc", safety=Safety.MANUAL)
def newer(
    finding: Finding,
    targets: Targets | Absent | Unknown,
    offers: CompilerOffers | Absent | Unknown,
    flags: BuildFlags | Absent | Unknown,
) -> Mend | None:
    version = next((v for prefix, v in _SINCE.items() if finding.subject.name.startswith(prefix)), "")
    lines = mending.again(flags, env=mending.other_libc(targets, offers, musl=False, glibc=version))
    return Mend(hints=("# best: compile the library on the older system. For a program that needs the newer one:", *lines))


_LOG = "/usr/bin/ld: lib/libpre.a(pre.o): in function `pre':\npre.c:(.text+0x1): undefined reference to `__isoc23_strtol'\n"

rule.catches(
    "C23 functions", subject="__isoc23_strtol", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC, log=_LOG
)
rule.catches("arc4random", log=_LOG.replace("__isoc23_strtol", "arc4random"))
rule.passes(
    "musl, which GM272 says",
    env={"CC": "musl-gcc"},
    programs=("musl-gcc",),
    commands=worlds.machine("musl-gcc", "x86_64-linux-gnu"),
    files=worlds.cgo_project(),
    log=_LOG,
)
rule.passes("an ordinary symbol", log=_LOG.replace("__isoc23_strtol", "foo"))
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
