"""A sysroot has headers and no C library: the compiler links another system's.

What it finds     A folder named by ``--sysroot`` has usr/include, but ``-print-file-name=crt1.o`` answers with a file outside it, or with none.
Why it hurts      Either the link fails, or the program is compiled with headers of one system and linked with the library of another, without a word.
Example           Headers were copied into /srv/root, usr/lib was not; Debian's gcc finds crt1.o relative to itself.
After the fix     The sysroot holds usr/lib/…/crt1.o and libc, or the option is gone.
Fix safety        Manual: only a person knows where the target's libraries are.
How it is proved  ``-print-file-name=crt1.o`` answers with a file inside the sysroot.
References        gcc.gnu.org/onlinedocs/gcc/Directory-Options.html; gcc.gnu.org/onlinedocs/gcc/Developer-Options.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.sysroots import Sysroots
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import sure
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_SYSROOT = re.compile(r"--sysroot[= ](/[^\s'\"]+)")

rule = Rule(
    "GM214",
    "sysroot-without-libc",
    severity=Severity.WARNING,
    since="0.1",
    title="The sysroot {path} has no C library",
    message="{setting} names the sysroot {path} for {target}, but the compiler takes crt1.o from {crt1}.",
    doc=__doc__,
    explains=("GM268", "GM279", "GM278", "GM260"),
)


@rule.check
def check(
    targets: Targets | Absent, sysroots: Sysroots | Absent, log: LogText | Absent, seen: CgoSymptoms | Absent | Unknown
) -> Iterator[Finding]:
    if isinstance(log, LogText) and isinstance(seen, CgoSymptoms) and not isinstance(sysroots, Sysroots):
        yield from _from_log(log, seen)
    if not isinstance(targets, Targets) or not isinstance(sysroots, Sysroots):
        return
    by_name = {t.name: t for t in targets.items}
    for item in sysroots.items:
        target = by_name[item.target]
        if not item.headers or item.has_libc or target.goos != "linux":
            continue
        yield rule.finding(
            Subject(kind="sysroot", name=item.path),
            key=item.target,
            evidence=[
                Evidence(source=f"{target['CC']} -print-file-name=crt1.o", quote=item.crt1),
                *target.evidence(item.named_in),
            ],
            severity=Severity.ERROR if isinstance(seen, CgoSymptoms) and seen.has(Kind.START_FILE_NOT_FOUND) else None,
            path=item.path,
            setting=item.named_in,
            target=item.target,
            crt1=item.crt1 if "/" in item.crt1 else "-",
        )


def _from_log(log: LogText, seen: CgoSymptoms) -> Iterator[Finding]:
    """A linker that does not find crt1.o was shown a place without a C library."""
    named = _SYSROOT.search(log.text)
    for symptom in seen.of(Kind.START_FILE_NOT_FOUND)[:1]:
        yield rule.finding(
            Subject(kind="sysroot", name=named[1] if named else "sysroot"),
            evidence=[log.evidence(symptom.line)],
            confidence=sure(False, half=named is not None),
            path=named[1] if named else "?",
            setting="CC",
            target="GOOS/GOARCH",
            crt1="-",
        )


@rule.fix("Let the compiler take its own C library", safety=Safety.MANUAL)
def drop_sysroot(finding: Finding, targets: Targets, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    return Mend(hints=mending.without(targets, flags, mending.SETTINGS, lambda w: w.endswith(finding.subject.name)))


_CC = {"CC": "gcc --sysroot=/srv/root"}
_FILES = {**worlds.cgo_project(), "/srv/root/usr/include/stdio.h": "x\n"}
_PRINT = "gcc --sysroot=/srv/root -print-file-name=crt1.o"

rule.catches(
    "gcc takes the host's",
    subject="/srv/root",
    files=_FILES,
    env=_CC,
    programs=("gcc",),
    commands={_PRINT: worlds.say("/usr/lib/x86_64-linux-gnu/crt1.o")},
)
rule.catches("gcc finds none", files=_FILES, env=_CC, programs=("gcc",), commands={_PRINT: worlds.say("crt1.o")})
rule.passes("it is whole", files=_FILES, env=_CC, programs=("gcc",), commands={_PRINT: worlds.say("/srv/root/usr/lib/crt1.o")})
rule.catches(
    "a log says so",
    log="clang --sysroot=/srv/root -m64 -o $WORK/b001/exe/a.out\n/usr/bin/ld: cannot find crt1.o: No such file or directory\n",
)
rule.passes("no sysroot", files=worlds.cgo_project(), programs=("gcc",))
rule.undetermined("go is not on PATH", files=_FILES, env=_CC, programs=("!go",))
