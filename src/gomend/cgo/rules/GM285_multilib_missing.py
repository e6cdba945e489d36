"""gcc has no C library for 32-bit programs.

What it finds     A log of a build with ``-m32`` misses sys/cdefs.h, bits/libc-header-start.h, gnu/stubs-32.h or libgcc.
Why it hurts      Distributions ship gcc for x86-64 without the 32-bit half.
Example           ``GOARCH=386 CGO_ENABLED=1 go build`` on a plain Debian.
After the fix     gcc-multilib (Debian), glibc-devel.i686 (Fedora) is installed, or another compiler serves GOARCH=386.
Fix safety        Manual: gomend installs no system packages.
How it is proved  The command is run again and no longer says so.
References        wiki.debian.org/Multiarch; gcc.gnu.org/onlinedocs/gcc/x86-Options.html (-m32).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.compilers import CompilerOffers
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

_HEADERS = frozenset({"sys/cdefs.h", "bits/libc-header-start.h", "gnu/stubs-32.h", "bits/wordsize.h", "asm/errno.h"})
_LIBRARIES = frozenset({"gcc", "gcc_s"})

rule = Rule(
    "GM285",
    "multilib-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="gcc lacks its 32-bit half: {what}",
    message="{what} is missing for -m32: this gcc was installed without its 32-bit libraries and headers.",
    doc=__doc__,
    explains=("GM267", "GM268", "GM279"),
)


@rule.check
def check(
    log: LogText, seen: CgoSymptoms, targets: Targets | Unknown, packages: CgoPackages | Absent | Unknown
) -> Iterator[Finding]:
    elsewhere = not isinstance(packages, CgoPackages)
    asked = isinstance(targets, Targets) and any(t.goarch == "386" for t in targets.items)
    headers = [s for s in seen.of(Kind.HEADER_NOT_FOUND) if s.name in _HEADERS]
    libraries = [s for s in seen.of(Kind.LIBRARY_NOT_FOUND, Kind.FORMAT_FOREIGN) if s.name in _LIBRARIES or "libgcc" in s.path]
    for symptom in (*headers, *libraries):
        if asked or "-m32" in log.text or (elsewhere and symptom.path.startswith("/usr/include")):
            yield rule.finding(
                Subject(kind="compiler", name="gcc -m32"),
                evidence=[log.evidence(symptom.line)],
                confidence=sure(asked, half=True),
                what=symptom.name or symptom.path,
            )
            return


@rule.fix("Install the 32-bit half of gcc", safety=Safety.MANUAL)
def install(finding: Finding, targets: Targets | Absent | Unknown, offers: CompilerOffers | Absent | Unknown) -> Mend | None:
    del finding
    target = mending.current(targets)
    offered = offers.by_target.get(target.name, ()) if target and isinstance(offers, CompilerOffers) else ()
    other = next((o for o in offered if o.cc != "gcc"), None)
    if other:
        return Mend(hints=(mending.plain("CC", other.cc), "export CGO_ENABLED=1"))
    return Mend(hints=("# apt-get install gcc-multilib", "# dnf install glibc-devel.i686 libgcc.i686"))


_LOG = "/usr/include/stdlib.h:26:10: fatal error: bits/libc-header-start.h: No such file or directory\n"

rule.catches("GOARCH=386", subject="gcc -m32", env={"GOARCH": "386"}, log=_LOG)
rule.catches(
    "the link line shows it",
    log="/usr/bin/gcc -m32 -o a.out\n/usr/bin/ld: skipping incompatible /usr/lib/gcc/x86_64-linux-gnu/12/libgcc.a when searching for -lgcc\n",
)
rule.passes("this machine", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC, log=_LOG)
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
