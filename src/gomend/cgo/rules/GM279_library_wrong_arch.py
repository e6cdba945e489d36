"""The linker met a library for another CPU.

What it finds     A log says ``skipping incompatible``, ``file format not recognized`` or ``file in wrong format``.
Why it hurts      A folder of this machine, or an archive that was built for another one, is on the link line.
Example           ``skipping incompatible /usr/lib/x86_64-linux-gnu/libfoo.so when searching for -lfoo``.
After the fix     The link line names the target's libraries only.
Fix safety        Manual: GM212 and GM215 offer more where they find the cause.
How it is proved  The command is run again and no longer says so.
References        sourceware.org/binutils/docs/ld/Options.html (-L).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.judging import uses_cgo
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM279",
    "library-wrong-arch",
    severity=Severity.ERROR,
    since="0.1",
    title="{file} is for another CPU than the target",
    message="The linker cannot use {file}: its format is not the target's.",
    doc=__doc__,
    explains=("GM268",),
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.FORMAT_FOREIGN):
        yield rule.finding(
            Subject(kind="file", name=symptom.path),
            evidence=[log.evidence(symptom.line)],
            confidence=uses_cgo(packages),
            file=symptom.path,
        )


@rule.fix("Link the target's library", safety=Safety.MANUAL)
def link(finding: Finding) -> Mend | None:
    return Mend(
        hints=(
            f"readelf -h {shlex.quote(finding.subject.name)} | grep Machine   # what it is for",
            "# then export CGO_LDFLAGS=-LFOLDER or PKG_CONFIG_LIBDIR=FOLDER with the target's library",
        )
    )


rule.catches(
    "a folder of this machine",
    subject="/usr/lib/libfoo.so",
    files=worlds.cgo_project(),
    log="/usr/bin/ld: skipping incompatible /usr/lib/libfoo.so when searching for -lfoo\n/usr/bin/ld: cannot find -lfoo\n",
)
rule.catches(
    "an archive", subject="lib/libpre.a", log="/usr/bin/ld: lib/libpre.a: error adding symbols: file in wrong format\n"
)
rule.catches("lld", log="ld.lld: error: /src/lib/libpre.a(pre.o) is incompatible with aarch64linux\n")
rule.passes("a missing library", log="/usr/bin/ld: cannot find -lfoo: No such file or directory\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
