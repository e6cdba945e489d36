"""The linker looked for the C library of the target at a path of this machine.

What it finds     A log says ``cannot find /lib/…/libc.so.6`` or the like: a libc.so in a ``-L`` folder is a text with absolute paths.
Why it hurts      Only ``--sysroot`` makes the linker put the sysroot before them.
Example           ``ld: cannot find /lib/aarch64-linux-gnu/libc.so.6`` with ``-L/srv/rpi/usr/lib/aarch64-linux-gnu``.
After the fix     CC has ``--sysroot`` and the -L is gone.
Fix safety        Manual: gomend does not rewrite linker flags. GM216 shows the text where it is on this machine.
How it is proved  The command is run again and no longer says so.
References        sourceware.org/binutils/docs/ld/File-Commands.html (INPUT, GROUP and the sysroot).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import uses_cgo
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_LIBC = re.compile(r"/(?:libc\.so|libc_nonshared\.a|libpthread|libm\.so|ld-(?:linux|musl)|libm-\d)")

rule = Rule(
    "GM278",
    "sysroot-libc-script",
    severity=Severity.ERROR,
    since="0.1",
    title="The linker looked for {path} on this machine",
    message="{path} stands in the text of a libc.so that -L brought in; without --sysroot it is taken as a path of this machine.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.LINKED_FILE_NOT_FOUND):
        if not _LIBC.search(symptom.path):
            continue
        yield rule.finding(
            Subject(kind="file", name=symptom.path),
            evidence=[log.evidence(symptom.line)],
            confidence=uses_cgo(packages),
            path=symptom.path,
        )
        return


@rule.fix("Name the sysroot instead of its library folder", safety=Safety.MANUAL)
def name_sysroot(finding: Finding, targets: Targets | Absent | Unknown) -> Mend | None:
    inside = finding.subject.path or "/srv/sysroot"
    cc = targets.current["CC"] if isinstance(targets, Targets) else "gcc"
    return Mend(
        hints=(
            f"# export CC='{cc} --sysroot={inside}'   # the folder that the libraries were unpacked to",
            "go env CGO_LDFLAGS   # the -L to take out",
        )
    )


_LOG = "/usr/bin/ld: cannot find /lib/aarch64-linux-gnu/libc.so.6: No such file or directory\n"

rule.catches("libc", subject="/lib/aarch64-linux-gnu/libc.so.6", files=worlds.cgo_project(), log=_LOG)
rule.catches("inside the sysroot", log="ld: cannot find /usr/lib64/libc_nonshared.a inside /srv/rpi\n")
rule.passes("another file", log="/usr/bin/ld: cannot find /srv/libfoo.a: No such file or directory\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
