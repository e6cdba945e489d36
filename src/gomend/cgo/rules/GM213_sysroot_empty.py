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
    "GM213",
    "sysroot-empty",
    severity=Severity.WARNING,
    since="0.1",
    title="The sysroot {path} has no C headers",
    message="{setting} names the sysroot {path} for {target}, and there is no {path}/usr/include.",
    doc=__doc__,
    explains=("GM267", "GM271", "GM283", "GM268", "GM260"),
)


@rule.check
def check(targets: Targets, sysroots: Sysroots) -> Iterator[Finding]:
    by_name = {t.name: t for t in targets.items}
    for item in sysroots.items:
        if item.headers:
            continue
        what = "has no usr/include" if item.exists else "does not exist"
        yield rule.finding(
            Subject(kind="sysroot", name=item.path),
            key=item.target,
            evidence=[*by_name[item.target].evidence(item.named_in), Evidence(source=item.path, quote=f"it {what}")],
            path=item.path,
            setting=item.named_in,
            target=item.target,
        )


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
rule.not_applicable("no sysroot", files=worlds.cgo_project(), programs=("gcc",))
rule.undetermined("go is not on PATH", files=worlds.cgo_project(), env=_CC, programs=("!go",))
