"""A C header was not found.

What it finds     A log says ``fatal error: x.h: No such file or directory`` (gcc) or ``'x.h' file not found`` (clang, zig).
Why it hurts      The library's development package is missing, lies elsewhere, or is there only for another CPU.
Example           ``./main.go:4:10: fatal error: zlib.h: No such file or directory``.
After the fix     The header is installed for the target, or ``-I`` in CGO_CFLAGS names its folder.
Fix safety        Manual: gomend installs no system packages.
How it is proved  The command is run again and no longer says so.
References        gcc.gnu.org/onlinedocs/cpp/Search-Path.html; pkg.go.dev/cmd/cgo.
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
    "GM267",
    "header-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="The C header {header} was not found",
    message="{where} includes {header}, and the C compiler does not find it.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.HEADER_NOT_FOUND):
        yield rule.finding(
            Subject(kind="header", name=symptom.name),
            evidence=[log.evidence(symptom.line, more=1)],
            confidence=uses_cgo(packages),
            header=symptom.name,
            where=symptom.path or "#include",
        )


@rule.fix("Install the header, or name its folder", safety=Safety.MANUAL)
def install(
    finding: Finding,
    places: Places | Absent | Unknown,
    targets: Targets | Absent | Unknown,
    flags: BuildFlags | Absent | Unknown,
) -> Mend | None:
    name = finding.subject.name
    folder = places.folders.get(name, "") if isinstance(places, Places) else ""
    if folder:
        value = mending.with_words(mending.current(targets), "CGO_CFLAGS", f"-I{folder}")
        return Mend(hints=mending.again(flags, env={"CGO_CFLAGS": value}))
    return Mend(
        hints=(f"# apt-file search -x '/{name}$'   # which package has it", f"# or export CGO_CFLAGS=-IFOLDER_WITH/{name}")
    )


rule.catches(
    "gcc", subject="zlib.h", files=worlds.cgo_project(), log="./main.go:4:10: fatal error: zlib.h: No such file or directory\n"
)
rule.catches("clang", subject="foo/bar.h", log="./main.go:4:10: fatal error: 'foo/bar.h' file not found\n")
rule.passes("a missing Go file", log="open main.go: no such file or directory\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
