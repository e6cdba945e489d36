"""dlv refuses the program because Go is newer than dlv.

What it finds     A log says "Version of Delve is too old for Go version …".
Why it hurts      The session does not start; with --check-go-version=false it may show wrong lines and values.
Example           ``Version of Delve is too old for Go version go1.27.0 (maximum supported version 1.26, …)``.
After the fix     A dlv of the same minor version as Go, or newer, is installed.
Fix safety        A person decides: it installs a program.
How it is proved  The session is run again and its log no longer says it.
References        Delve pkg/goversion/compat.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.facts.dlv import DlvTool
from gomend.debug.symptoms.dlv import DlvSymptoms
from gomend.golang import version
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM353",
    "dlv-too-old",
    severity=Severity.ERROR,
    since="0.1",
    title="dlv is too old for {go}",
    message="dlv refused a program built with {go}, which is newer than what it supports.",
    doc=__doc__,
)


@rule.check
def check(said: DlvSymptoms, dlv: DlvTool | Absent | Unknown) -> Iterator[Finding]:
    for symptom in said.of("dlv-too-old"):
        key = version.key(symptom.go)
        known = isinstance(dlv, DlvTool) and dlv.newest is not None and key is not None
        agrees = isinstance(dlv, DlvTool) and dlv.newest is not None and key is not None and key[1] > dlv.newest
        yield rule.finding(
            Subject(kind="tool", name="dlv"),
            evidence=[symptom.evidence, *([dlv.evidence()] if isinstance(dlv, DlvTool) else [])],
            confidence=Confidence.HIGH if agrees else Confidence.LOW if known else Confidence.MEDIUM,
            key=symptom.go,
            go=symptom.go,
        )


@rule.fix("Install a newer dlv", safety=Safety.MANUAL)
def install(finding: Finding) -> Mend:
    del finding
    return Mend(hints=("go install github.com/go-delve/delve/cmd/dlv@latest",))


_LOG = (
    "Version of Delve is too old for Go version go1.27.0 (maximum supported version 1.26, "
    "suppress this error with --check-go-version=false)\n"
)
rule.catches("refused", subject="dlv", log=_LOG)
rule.catches("without a go command", subject="dlv", log=f"could not launch process: {_LOG}", programs=("!go",))
rule.passes(
    "the other way round", log="Go version go1.20.1 is too old for this version of Delve (minimum supported version 1.25)\n"
)
rule.not_applicable("no log")
