"""A sysroot does not exist or has no headers.

What it finds     A folder named by ``--sysroot`` or ``-isysroot`` in CC, CGO_CFLAGS or CGO_LDFLAGS is not there, or has no usr/include.
Why it hurts      Headers are not found; or, since Debian's gcc finds its own, the build passes with headers of another system.
Example           ``CC=aarch64-linux-gnu-gcc --sysroot=/opt/rpi`` after /opt/rpi was moved.
After the fix     The option names the folder that holds the target's usr/include and usr/lib, or is gone.
Fix safety        Manual: only a person knows where the sysroot is.
How it is proved  The folder has usr/include.
References        gcc.gnu.org/onlinedocs/gcc/Directory-Options.html.
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
_PLAIN = frozenset({"stdlib.h", "stdio.h", "errno.h", "string.h", "stdint.h"})

rule = Rule(
    "GM213",
    "sysroot-empty",
    severity=Severity.WARNING,
    since="0.1",
    title="The sysroot {path} has no C headers",
    message="{setting} names the sysroot {path} for {target}, and there is no {path}/usr/include.",
    doc=__doc__,
    explains=("GM251", "GM267", "GM271", "GM283", "GM268", "GM260"),
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
        if item.headers:
            continue
        what = "has no usr/include" if item.exists else "does not exist"
        yield rule.finding(
            Subject(kind="sysroot", name=item.path),
            key=item.target,
            evidence=[*by_name[item.target].evidence(item.named_in), Evidence(source=item.path, quote=f"it {what}")],
            severity=Severity.ERROR if isinstance(seen, CgoSymptoms) and seen.has(Kind.HEADER_NOT_FOUND) else None,
            path=item.path,
            setting=item.named_in,
            target=item.target,
        )


def _from_log(log: LogText, seen: CgoSymptoms) -> Iterator[Finding]:
    """A compiler that has no stdlib.h for the C files of runtime/cgo has no headers of a C library at all."""
    named = _SYSROOT.search(log.text)
    for symptom in seen.of(Kind.HEADER_NOT_FOUND):
        if symptom.name in _PLAIN and ("runtime/cgo" in log.text or named):
            yield rule.finding(
                Subject(kind="sysroot", name=named[1] if named else "sysroot"),
                evidence=[log.evidence(symptom.line)],
                confidence=sure(False, half=named is not None),
                path=named[1] if named else "?",
                setting="CC",
                target="GOOS/GOARCH",
            )
            return


@rule.fix("Let the compiler take its own C library", safety=Safety.MANUAL)
def drop_sysroot(finding: Finding, targets: Targets, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    return Mend(hints=mending.without(targets, flags, mending.SETTINGS, lambda w: w.endswith(finding.subject.name)))


_PRINT = "gcc --sysroot=/srv/root -print-file-name=crt1.o"
_CC = {"CC": "gcc --sysroot=/srv/root"}

rule.catches("it does not exist", subject="/srv/root", files=worlds.cgo_project(), env=_CC, programs=("gcc",))
rule.catches(
    "it is for headers and has none",
    files={**worlds.cgo_project(), "/srv/root/etc/os-release": "x\n"},
    env=_CC,
    programs=("gcc",),
)
rule.passes(
    "it has headers", files={**worlds.cgo_project(), "/srv/root/usr/include/stdio.h": "x\n"}, env=_CC, programs=("gcc",)
)
rule.catches("a log says so", log="# runtime/cgo\n_cgo_export.c:3:10: fatal error: 'stdlib.h' file not found\n")
rule.passes("no sysroot", files=worlds.cgo_project(), programs=("gcc",))
rule.undetermined("go is not on PATH", files=worlds.cgo_project(), env=_CC, programs=("!go",))
