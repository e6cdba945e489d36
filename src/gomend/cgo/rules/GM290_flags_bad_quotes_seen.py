"""The C compiler got half of a flag as a file name.

What it finds     A log says ``linker input file not found`` or ``unterminated ' string``.
Why it hurts      go splits CGO_CFLAGS and its like at blanks and honours a quote only where a word starts.
Example           ``gcc: error: b: linker input file not found: No such file or directory``.
After the fix     The quotes stand around the whole word: ``'-DX=a b'``.
Fix safety        Manual: GM218 offers the fix where the value is known.
How it is proved  The command is run again and no longer says so.
References        cmd/internal/quoted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from gomend.cgo import mending, quoting, worlds
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.judging import uses_cgo
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM290",
    "flags-bad-quotes",
    severity=Severity.ERROR,
    since="0.1",
    title="A flag was torn at a blank: {word}",
    message="The C compiler got {word} as a file: quotes inside a flag do not hold it together for go.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.STRAY_WORD, Kind.BAD_QUOTES):
        yield rule.finding(
            Subject(kind="word", name=symptom.name or "quote"),
            evidence=[log.evidence(symptom.line)],
            confidence=uses_cgo(packages),
            word=symptom.name or "'",
        )
        return


@rule.fix("Quote the whole word", safety=Safety.MANUAL)
def quote(finding: Finding, seen: CgoSymptoms, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    del finding
    for symptom in seen.of(Kind.BAD_QUOTES):
        # go prints the value with %q, which for these values is JSON.
        written = json.loads(symptom.detail) if symptom.detail.startswith('"') and "\\x" not in symptom.detail else ""
        value = quoting.closed(written) if written else None
        if value:
            return Mend(hints=mending.again(flags, env={symptom.name: value}))
    return Mend(
        hints=(
            "go env CGO_CFLAGS CGO_LDFLAGS CC",
            "# quotes go around the whole word: export CGO_CFLAGS=\"'-DNAME=two words'\"",
        )
    )


rule.catches(
    "gcc",
    subject="b",
    files=worlds.cgo_project(),
    log="gcc: error: b: linker input file not found: No such file or directory\n",
)
rule.catches("go", log="go: parsing $CGO_CFLAGS: unterminated ' string\n")
rule.catches("clang", subject="b", log='clang: error: no such file or directory: "b\'"\n')
rule.passes("a missing library", log="/usr/bin/ld: cannot find -lb: No such file or directory\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
