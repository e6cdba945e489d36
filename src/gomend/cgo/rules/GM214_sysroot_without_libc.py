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

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.sysroots import Sysroots
from gomend.cgo.facts.targets import Targets
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM214",
    "sysroot-without-libc",
    severity=Severity.WARNING,
    since="0.1",
    title="The sysroot {path} has no C library",
    message="{setting} names the sysroot {path} for {target}, but the compiler takes crt1.o from {crt1}.",
    doc=__doc__,
    explains=("GM268", "GM278", "GM260"),
)


@rule.check
def check(targets: Targets, sysroots: Sysroots) -> Iterator[Finding]:
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
            path=item.path,
            setting=item.named_in,
            target=item.target,
            crt1=item.crt1 if "/" in item.crt1 else "-",
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
rule.not_applicable("no sysroot", files=worlds.cgo_project(), programs=("gcc",))
rule.undetermined("go is not on PATH", files=_FILES, env=_CC, programs=("!go",))
