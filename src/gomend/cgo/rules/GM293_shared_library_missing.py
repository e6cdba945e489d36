"""A program did not find a shared library.

What it finds     A log says ``error while loading shared libraries: libx.so.1`` (glibc) or ``Error loading shared library`` (musl).
Why it hurts      The library is not installed where the program runs, or lies where the loader does not search.
Example           ``./app: error while loading shared libraries: libfoo.so.1: cannot open shared object file``.
After the fix     The library is installed there, stands in a folder that the program names (``-rpath``), or is linked statically.
Fix safety        Manual: gomend installs no system packages.
How it is proved  The program is started again and no longer says so.
References        man7.org/linux/man-pages/man8/ld.so.8.html.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, samples
from gomend.cgo.facts.binaries import PlacedBinaries
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.places import Places
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.judging import sure
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM293",
    "shared-library-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="{program} did not find the shared library {library}",
    message="The loader found no {library}, which {program} needs.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, binaries: PlacedBinaries | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.SHARED_LIBRARY_NOT_FOUND):
        found = binaries.at(symptom.path) if isinstance(binaries, PlacedBinaries) and symptom.path else None
        confirmed = found is not None and symptom.name in found.info.needed
        yield rule.finding(
            Subject(kind="library", name=symptom.name),
            evidence=[log.evidence(symptom.line), *([found.evidence()] if found else [])],
            confidence=sure(confirmed, half=True),
            program=symptom.path or "?",
            library=symptom.name,
        )


@rule.fix("Install it, or say where it lies", safety=Safety.MANUAL)
def say_where(finding: Finding, places: Places | Absent | Unknown, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    name = finding.subject.name
    folder = places.folders.get(name, "") if isinstance(places, Places) else ""
    if folder:
        lines = mending.again(flags, env={"LD_LIBRARY_PATH": folder})
        return Mend(hints=(*lines, f"# for good: #cgo LDFLAGS: -Wl,-rpath,{folder}"))
    return Mend(hints=(f"# apt-file search {name}   # which package has it", f"# or export LD_LIBRARY_PATH=FOLDER_WITH/{name}"))


_LOG = (
    "./bin/shop: error while loading shared libraries: libfoo.so.1: cannot open shared object file: No such file or directory\n"
)

rule.catches("glibc", subject="libfoo.so.1", log=_LOG)
rule.catches(
    "musl",
    subject="libfoo.so.1",
    log="Error loading shared library libfoo.so.1: No such file or directory (needed by ./bin/shop)\n",
)
rule.catches("the binary is here", log=_LOG, facts=samples.placed(samples.go_binary(interpreter=samples.GLIBC_LOADER)))
rule.passes("the linker misses one", log="/usr/bin/ld: cannot find -lfoo: No such file or directory\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
