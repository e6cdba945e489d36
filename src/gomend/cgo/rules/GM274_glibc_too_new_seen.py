"""A program asked for a newer glibc than the system has.

What it finds     A log says ``version `GLIBC_2.34' not found (required by ./app)``.
Why it hurts      The program was linked on a newer system than the one that it runs on.
Example           Built in golang:1.26 (Debian 12), run on Debian 11.
After the fix     The program is linked against the older version, is static, or the system is newer.
Fix safety        Manual: gomend does not know how the program was built. With ``deploy`` in gomend.toml GM221 offers the fix.
How it is proved  The command is run again and no longer says so.
References        man7.org/linux/man-pages/man8/ld.so.8.html.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.binary.elf import version_key
from gomend.cgo import mending, samples
from gomend.cgo.facts.binaries import PlacedBinaries
from gomend.cgo.facts.compilers import CompilerOffers
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import sure
from gomend.cgo.symptoms.base import Kind, Symptom
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM274",
    "glibc-too-new",
    severity=Severity.ERROR,
    since="0.1",
    title="{program} needs glibc {version}, which the system does not have",
    message="{program} asks for GLIBC_{version}; the glibc that loaded it is older.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, binaries: PlacedBinaries | Absent | Unknown) -> Iterator[Finding]:
    worst: dict[str, Symptom] = {}
    for symptom in seen.of(Kind.GLIBC_NOT_FOUND):
        program = symptom.detail or symptom.path
        if program not in worst or version_key(symptom.name) > version_key(worst[program].name):
            worst[program] = symptom
    for program, symptom in worst.items():
        found = binaries.at(program) if isinstance(binaries, PlacedBinaries) else None
        confirmed = found is not None and found.info.glibc_min is not None
        yield rule.finding(
            Subject(kind="binary", name=program),
            evidence=[log.evidence(symptom.line), *([found.evidence()] if found else [])],
            confidence=sure(confirmed, half=True),
            program=program,
            version=symptom.name,
        )


@rule.fix("Link against an older glibc, or none", safety=Safety.MANUAL)
def older(
    finding: Finding,
    targets: Targets | Absent | Unknown,
    offers: CompilerOffers | Absent | Unknown,
    flags: BuildFlags | Absent | Unknown,
    packages: CgoPackages | Absent | Unknown,
) -> Mend | None:
    del finding
    if isinstance(packages, Absent):
        return Mend(hints=mending.again(flags, env={"CGO_ENABLED": "0"}))
    values = mending.other_libc(targets, offers, musl=False, glibc="2.17")
    return Mend(hints=(*mending.again(flags, env=values), "# or build in a container of the older system"))


_LOG = "./bin/shop: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by ./bin/shop)\n"

rule.catches("an old system", subject="./bin/shop", log=_LOG)
rule.catches(
    "the binary is here", log=_LOG, facts=samples.placed(samples.go_binary(interpreter=samples.GLIBC_LOADER, glibc="2.34"))
)
rule.passes("another library's version", log=_LOG.replace("GLIBC_2.34", "GLIBCXX_3.4.30"))
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
