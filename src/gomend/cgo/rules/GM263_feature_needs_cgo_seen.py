"""go refused a flag that needs cgo.

What it finds     A log says ``-race requires cgo`` or ``-linkmode requires external (cgo) linking, but cgo is not enabled``.
Why it hurts      Nothing is built.
Example           ``go: -race requires cgo; enable cgo by setting CGO_ENABLED=1``.
After the fix     CGO_ENABLED is 1 for that build, or the flag is gone.
Fix safety        Manual: a person decides between the two. GM209 offers more where the flag and the setting are known.
How it is proved  The command is run again and no longer says so.
References        cmd/go/internal/work, instrumentInit; cmd/link/internal/ld, mustLinkExternal.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending
from gomend.cgo.facts.flags import BuildFlags
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
    "GM263",
    "feature-needs-cgo",
    severity=Severity.ERROR,
    since="0.1",
    title="{flag} needs cgo, which was off",
    message="go refused {flag}: it needs cgo, and CGO_ENABLED was 0.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, targets: Targets | Unknown) -> Iterator[Finding]:
    off = isinstance(targets, Targets) and not targets.current.cgo
    for symptom in seen.of(Kind.NEEDS_CGO):
        yield rule.finding(
            Subject(kind="flag", name=symptom.name),
            evidence=[log.evidence(symptom.line)],
            confidence=sure(off, half=True),
            flag=symptom.name,
        )


@rule.fix("Switch cgo on, or drop the flag", safety=Safety.MANUAL)
def choose(finding: Finding, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    return Mend(hints=(*mending.again(flags, env={"CGO_ENABLED": "1"}), f"# or without {finding.subject.name}"))


rule.catches("race", subject="-race", log="go: -race requires cgo; enable cgo by setting CGO_ENABLED=1\n")
rule.catches(
    "linkmode",
    subject="-linkmode",
    env={"CGO_ENABLED": "0"},
    log="-linkmode requires external (cgo) linking, but cgo is not enabled\n",
)
rule.catches("c-shared", log="-buildmode=c-shared requires external (cgo) linking, but cgo is not enabled\n")
rule.passes("another failure", log="flag provided but not defined: -rce\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
