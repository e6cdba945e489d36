"""dlv refuses the program because Go is older than what dlv supports.

What it finds     A log says "Go version … is too old for this version of Delve".
Why it hurts      The session does not start; each Delve release supports about three minor versions of Go.
Example           ``Go version go1.21.3 is too old for this version of Delve (minimum supported version 1.25, …)``.
After the fix     The program is built with a newer Go, or an older dlv is used.
Fix safety        A person decides: either way a tool changes.
How it is proved  The session is run again and its log no longer says it.
References        Delve pkg/goversion/compat.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.symptoms.dlv import DlvSymptoms
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM356",
    "go-too-old-for-dlv",
    severity=Severity.ERROR,
    since="0.1",
    title="{go} is too old for this dlv",
    message="dlv refused a program built with {go}, which is older than what it supports.",
    doc=__doc__,
)


@rule.check
def check(said: DlvSymptoms) -> Iterator[Finding]:
    for symptom in said.of("go-too-old"):
        yield rule.finding(
            Subject(kind="toolchain", name=symptom.go),
            evidence=[symptom.evidence],
            confidence=Confidence.MEDIUM,
            go=symptom.go,
        )


@rule.fix("Build with a newer Go, or use an older dlv", safety=Safety.MANUAL)
def agree(finding: Finding) -> Mend:
    del finding
    return Mend(hints=("go install github.com/go-delve/delve/cmd/dlv@VERSION", "dlv exec --check-go-version=false PROGRAM"))


rule.catches(
    "refused",
    subject="go1.21.3",
    log="could not launch process: Go version go1.21.3 is too old for this version of Delve (minimum supported version 1.25, "
    "suppress this error with --check-go-version=false)\n",
)
rule.catches("only warned", log="WARNING: undefined behavior - Go version go1.24.9 is too old for this version of Delve\n")
rule.passes("the other way round", log="Version of Delve is too old for Go version go1.27.0 (maximum supported version 1.26)\n")
rule.not_applicable("no log")
