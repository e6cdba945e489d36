"""musl-gcc does not find headers of the Linux kernel.

What it finds     A log misses ``linux/….h``, ``asm/….h`` or ``asm-generic/….h``, while CC compiles for musl.
Why it hurts      The musl packages of Debian and Ubuntu bring no kernel headers, and musl-gcc does not search the system's own.
Example           ``fatal error: linux/if.h: No such file or directory`` with CC=musl-gcc.
After the fix     CGO_CFLAGS has ``-idirafter`` with folders of kernel headers, or zig compiles, which has its own.
Fix safety        Manual: only a person knows which headers may be mixed.
How it is proved  The command is run again and no longer says so.
References        wiki.musl-libc.org/faq.html (kernel headers).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, triples, worlds
from gomend.cgo.facts.compilers import Compilers
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import sure
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM283",
    "musl-kernel-headers",
    severity=Severity.ERROR,
    since="0.1",
    title="musl-gcc does not find the kernel header {header}",
    message="{header} comes with the kernel's headers, which musl-gcc does not search.",
    doc=__doc__,
    explains=("GM267",),
)


@rule.check
def check(
    log: LogText, seen: CgoSymptoms, compilers: Compilers | Absent | Unknown, packages: CgoPackages | Absent | Unknown
) -> Iterator[Finding]:
    known = isinstance(compilers, Compilers) and any(c.musl for c in compilers.by_value.values())
    # Of a project that is not here the compiler is not known either; glibc systems have these headers.
    elsewhere = "musl" in log.text or not isinstance(packages, CgoPackages)
    for symptom in seen.of(Kind.HEADER_NOT_FOUND):
        if symptom.name.startswith(("linux/", "asm/", "asm-generic/")) and (known or elsewhere):
            yield rule.finding(
                Subject(kind="header", name=symptom.name),
                evidence=[log.evidence(symptom.line, more=1)],
                confidence=sure(known, half="musl" in log.text),
                header=symptom.name,
            )


@rule.fix("Search the kernel's headers last", safety=Safety.MANUAL)
def search(finding: Finding, targets: Targets | Absent | Unknown, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    del finding
    target = mending.current(targets)
    triple = (triples.gnu_triple(target.goos, target.goarch) if target else None) or "x86_64-linux-gnu"
    more = ("-idirafter", "/usr/include", "-idirafter", f"/usr/include/{triple}")
    return Mend(hints=mending.again(flags, env={"CGO_CFLAGS": mending.with_words(target, "CGO_CFLAGS", *more)}))


_LOG = "./main.go:4:10: fatal error: linux/if.h: No such file or directory\n"
_MUSL = worlds.machine("musl-gcc", "x86_64-linux-gnu")

rule.catches(
    "musl-gcc",
    subject="linux/if.h",
    files=worlds.cgo_project(),
    env={"CC": "musl-gcc"},
    programs=("musl-gcc",),
    commands=_MUSL,
    log=_LOG,
)
rule.catches("the log names it", log="musl-gcc -c x.c\n" + _LOG)
rule.passes("gcc", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC, log=_LOG)
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
