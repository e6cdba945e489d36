"""An archive was not compiled as position independent code.

What it finds     A log says ``relocation R_X86_64_… can not be used when making a PIE object; recompile with -fPIE``.
Why it hurts      The program or library is linked position independent (``-buildmode=pie``, c-shared), and the archive has fixed addresses.
Example           ``libpre.a(pre.o): relocation R_X86_64_32 against `.rodata' can not be used when making a shared object``.
After the fix     The archive is compiled with ``-fPIC``, or the program is linked as ``-buildmode=exe``.
Fix safety        Manual: gomend does not have the archive's source.
How it is proved  The command is run again and no longer says so.
References        gcc.gnu.org/onlinedocs/gcc/Code-Gen-Options.html (-fPIC).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.flags import BuildFlags
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
    "GM286",
    "archive-not-pic",
    severity=Severity.ERROR,
    since="0.1",
    title="{file} was compiled without -fPIC",
    message="The linker cannot put {file} into a position independent program ({relocation}).",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.NOT_PIC):
        yield rule.finding(
            Subject(kind="file", name=symptom.path or "object"),
            evidence=[log.evidence(symptom.line)],
            confidence=uses_cgo(packages),
            file=symptom.path or "*.o",
            relocation=symptom.detail,
        )


@rule.fix("Compile the archive with -fPIC, or link without it", safety=Safety.MANUAL)
def pic(finding: Finding, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    del finding
    lines = mending.again(flags, {"buildmode": "exe"}) if isinstance(flags, BuildFlags) and flags["buildmode"] == "pie" else ()
    return Mend(hints=("# best: compile the archive with -fPIC. Until then, a program with fixed addresses:", *lines))


_LOG = "/usr/bin/ld: lib/libpre.a(pre.o): relocation R_X86_64_32 against `.rodata' can not be used when making a PIE object; recompile with -fPIE\n"

rule.catches("pie", subject="lib/libpre.a(pre.o)", files=worlds.cgo_project(), log=_LOG)
rule.catches(
    "a shared library", log=_LOG.replace("a PIE object; recompile with -fPIE", "a shared object; recompile with -fPIC")
)
rule.passes("another relocation message", log="/usr/bin/ld: relocation truncated to fit: R_X86_64_PC32\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
