"""A library that was compiled for glibc is linked with musl.

What it finds     A log misses symbols that only glibc has (``__printf_chk``, ``__strcpy_chk``, ``__isoc23_strtol``, ``gnu_get_libc_version``), while CC compiles for musl.
Why it hurts      The archive was built on another system; its headers turned calls into glibc's own.
Example           ``ld.lld: error: undefined symbol: __printf_chk`` with ``zig cc -target x86_64-linux-musl``.
After the fix     The archive is built again for musl, or the program for glibc.
Fix safety        Manual: gomend does not have the archive's source.
How it is proved  The command is run again and no longer says so.
References        refspecs.linuxfoundation.org (LSB __*_chk); wiki.musl-libc.org/faq.html (glibc compatibility).
"""

from __future__ import annotations

import re
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

_GLIBC_ONLY = re.compile(
    r"__\w+_chk|__isoc(?:23|99)_\w+|__[fl]?xstat(?:at)?(?:64)?|__xmknod(?:at)?|__libc_\w+|_dl_find_object|__\w+_finite|gnu_get_libc_\w+"
    r"|backtrace(?:_symbols(?:_fd)?)?|__(?:rawmemchr|strdup|strndup|strtok_r|getdelim|register_atfork|cxa_thread_atexit_impl)"
    r"|(?:make|swap|get|set)context|mallinfo2?|malloc_(?:info|trim)|mtrace|(?:register|parse)_printf_\w+|_?obstack_\w+|fts_\w+|argp_\w+"
    r"|error_at_line|dlmopen|canonicalize_file_name|rpmatch|\w+@GLIBC_.*"
)
"""Functions of glibc (of its fortified headers, and extensions) that musl does not have."""
_ARCHIVE = re.compile(r"[\w.+-]+\.a\b")

rule = Rule(
    "GM272",
    "archive-needs-glibc",
    severity=Severity.ERROR,
    since="0.1",
    title="{symbol} is a symbol of glibc, and the program is linked with musl",
    message="{archive} needs {symbol}, which musl does not have: it was compiled for glibc.",
    doc=__doc__,
    explains=("GM269",),
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, compilers: Compilers | Absent | Unknown) -> Iterator[Finding]:
    known = isinstance(compilers, Compilers) and any(c.musl for c in compilers.by_value.values())
    for symptom in seen.of(Kind.SYMBOL_UNDEFINED):
        if _GLIBC_ONLY.fullmatch(symptom.name) and (known or "musl" in log.text):
            after = "\n".join(log.lines[max(0, symptom.line - 1) : symptom.line + 4])
            archive = _ARCHIVE.search(after)
            yield rule.finding(
                Subject(kind="symbol", name=symptom.name),
                evidence=[log.evidence(symptom.line, more=2)],
                confidence=sure(known, half=True),
                symbol=symptom.name,
                archive=archive[0] if archive else "*.a",
            )
            return


@rule.fix("Build the library for musl, or the program for glibc", safety=Safety.MANUAL)
def choose(
    finding: Finding,
    targets: Targets | Absent | Unknown,
    offers: CompilerOffers | Absent | Unknown,
    flags: BuildFlags | Absent | Unknown,
) -> Mend | None:
    del finding
    lines = mending.again(flags, env=mending.other_libc(targets, offers, musl=False))
    return Mend(hints=("# best: compile the library with the compiler of the program. For a program with glibc:", *lines))


_LOG = "ld.lld: error: undefined symbol: __printf_chk\n>>> referenced by pre.c\n>>>               libpre.a.o:(pre) in archive /src/lib/libpre.a\n"
_MUSL = worlds.machine("musl-gcc", "x86_64-linux-gnu")

rule.catches(
    "musl-gcc",
    subject="__printf_chk",
    files=worlds.cgo_project(),
    env={"CC": "musl-gcc"},
    programs=("musl-gcc",),
    commands=_MUSL,
    log=_LOG,
)
rule.catches("the log names the target", log="zig cc -target x86_64-linux-musl -o a.out\n" + _LOG)
rule.passes("gcc", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC, log=_LOG)
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
