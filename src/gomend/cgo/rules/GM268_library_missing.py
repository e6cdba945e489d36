"""A C library was not found.

What it finds     A log says ``cannot find -lfoo``, ``unable to find library -lfoo`` or ``library not found for -lfoo``.
Why it hurts      The library is not installed for the target, or ``-L`` does not name its folder.
Example           ``/usr/bin/ld: cannot find -lfoo: No such file or directory``.
After the fix     The library is installed, or CGO_LDFLAGS has ``-L`` with its folder.
Fix safety        Manual: gomend installs no system packages.
How it is proved  The command is run again and no longer says so.
References        sourceware.org/binutils/docs/ld/Options.html (-l, -L).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.places import Places
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import uses_cgo
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM268",
    "library-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="The linker did not find the C library {library}",
    message="The linker searched for lib{library}.so and lib{library}.a and found none for the target.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.LIBRARY_NOT_FOUND):
        yield rule.finding(
            Subject(kind="library", name=symptom.name),
            evidence=[log.evidence(symptom.line)],
            confidence=uses_cgo(packages),
            library=symptom.name,
        )


@rule.fix("Install lib{library}, or name its folder", safety=Safety.MANUAL)
def install(
    finding: Finding,
    places: Places | Absent | Unknown,
    targets: Targets | Absent | Unknown,
    flags: BuildFlags | Absent | Unknown,
) -> Mend | None:
    name = finding.subject.name
    folder = places.folders.get(name, "") if isinstance(places, Places) else ""
    if folder:
        value = mending.with_words(mending.current(targets), "CGO_LDFLAGS", f"-L{folder}", f"-Wl,-rpath,{folder}")
        return Mend(hints=mending.again(flags, env={"CGO_LDFLAGS": value}), parameters={"library": name})
    return Mend(
        hints=(*mending.search(name), f"# or export CGO_LDFLAGS=-LFOLDER_WITH/lib{name}.so"), parameters={"library": name}
    )


rule.catches(
    "GNU ld", subject="foo", files=worlds.cgo_project(), log="/usr/bin/ld: cannot find -lfoo: No such file or directory\n"
)
rule.catches("lld", subject="foo", log="ld.lld: error: unable to find library -lfoo\n")
rule.catches("Apple", subject="foo", log="ld: library not found for -lfoo\n")
rule.catches("zig", subject="foo", log="error: unable to find dynamic system library 'foo' using strategy 'paths_first'.\n")
rule.passes("a header", log="./main.go:4:10: fatal error: foo.h: No such file or directory\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
