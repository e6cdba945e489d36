"""A sysroot is for another CPU than the target.

What it finds     The crt1.o in a folder named by ``--sysroot`` is an object for another CPU than GOARCH.
Why it hurts      The linker refuses its files: ``file format not recognized``, ``skipping incompatible``.
Example           ``GOARCH=arm64`` with a sysroot that was unpacked from amd64 packages.
After the fix     The option names a sysroot of the target's CPU.
Fix safety        Manual: only a person knows where that is.
How it is proved  crt1.o in the sysroot is for the target's CPU.
References        gcc.gnu.org/onlinedocs/gcc/Directory-Options.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.sysroots import Sysroot, Sysroots
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
_LIBC = re.compile(r"/(?:\w*crt\w*\.o|libc\.[^/]*|libc_nonshared\.a)$")

rule = Rule(
    "GM215",
    "sysroot-wrong-arch",
    severity=Severity.ERROR,
    since="0.1",
    title="The sysroot {path} is for {arch}, not for {target}",
    message="{setting} names the sysroot {path} for {target}; its C library is for {arch}.",
    doc=__doc__,
    explains=("GM214", "GM279", "GM268", "GM260"),
    proved_by=("GM260",),
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
        if item.crt1_arch not in {"", "unknown", target.goarch}:
            yield rule.finding(
                Subject(kind="sysroot", name=item.path),
                key=item.target,
                evidence=[
                    Evidence(source=item.path + " crt1.o", quote=f"ELF object for {item.crt1_arch}"),
                    *target.evidence(item.named_in, "GOARCH"),
                ],
                severity=Severity.ERROR if item.has_libc else Severity.WARNING,
                path=item.path,
                arch=item.crt1_arch,
                target=item.target,
                setting=item.named_in,
            )


def _from_log(log: LogText, seen: CgoSymptoms) -> Iterator[Finding]:
    """A start file or C library of another CPU that lies in the sysroot of the link command."""
    named = _SYSROOT.search(log.text)
    for symptom in seen.of(Kind.FORMAT_FOREIGN):
        if named and symptom.path.startswith(named[1]) and _LIBC.search(symptom.path):
            yield rule.finding(
                Subject(kind="sysroot", name=named[1]),
                evidence=[log.evidence(symptom.line)],
                confidence=sure(False, half=True),
                path=named[1],
                arch="?",
                target="GOOS/GOARCH",
                setting="CC",
            )
            return


@rule.fix("Let the compiler take its own C library", safety=Safety.MANUAL)
def drop_sysroot(finding: Finding, targets: Targets, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    return Mend(hints=mending.without(targets, flags, mending.SETTINGS, lambda w: w.endswith(finding.subject.name)))


def _world(arch: str) -> tuple[Sysroots]:
    crt1 = "/srv/root/usr/lib/crt1.o"
    item = Sysroot(target="linux/amd64", path="/srv/root", named_in="CC", exists=True, headers=True, crt1=crt1, crt1_arch=arch)
    return (Sysroots(items=(item,)),)


rule.catches("arm64 for amd64", subject="/srv/root", files=worlds.cgo_project(), facts=_world("arm64"))
rule.passes("the right one", files=worlds.cgo_project(), facts=_world("amd64"))
rule.passes("crt1.o cannot be read", files=worlds.cgo_project(), facts=_world(""))
rule.catches(
    "a log says so",
    log="clang --sysroot=/srv/root -m64 -o $WORK/b001/exe/a.out\n/usr/bin/ld: /srv/root/usr/lib/crt1.o: error adding symbols: file in wrong format\n",
)
rule.passes("no sysroot", files=worlds.cgo_project(), programs=("gcc",))
rule.undetermined("go is not on PATH", files=worlds.cgo_project(), programs=("!go",))
