"""go did not find pkg-config.

What it finds     A log says ``exec: "pkg-config": executable file not found``.
Why it hurts      A package has a ``#cgo pkg-config`` line, and the build stops at it.
Example           A log of a container build whose image has no pkg-config.
After the fix     pkg-config or pkgconf is installed where the build runs.
Fix safety        Manual: gomend installs no system packages.
How it is proved  The command is run again and no longer says so.
References        cmd/go/internal/work, Builder.getPkgConfigFlags.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.places import Places
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.judging import uses_cgo
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM264",
    "pkgconfig-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="go did not find {program}",
    message="The log says that {program} was not found; a #cgo pkg-config line needs it.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.PKG_CONFIG_NOT_FOUND):
        yield rule.finding(
            Subject(kind="program", name=symptom.name),
            evidence=[log.evidence(symptom.line)],
            confidence=uses_cgo(packages),
            program=symptom.name,
        )


@rule.fix("Install pkg-config where the build runs", safety=Safety.MANUAL)
def install(finding: Finding, places: Places | Absent | Unknown) -> Mend | None:
    return mending.program(finding.subject.name, "PKG_CONFIG", "pkg-config", places)


_LOG = 'example.com/shop: exec: "pkg-config": executable file not found in $PATH\n'

rule.catches("pkg-config", subject="pkg-config", log=_LOG)
rule.catches(
    "a cross pkg-config", subject="aarch64-linux-gnu-pkg-config", log=_LOG.replace("pkg-config", "aarch64-linux-gnu-pkg-config")
)
rule.passes(
    "the compiler",
    files=worlds.cgo_project(),
    log='cgo: C compiler "gcc" not found: exec: "gcc": executable file not found in $PATH\n',
)
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
