"""A program needs a newer CPU of the same kind.

What it finds     A log says ``This program can only be run on AMD64 processors with v3 microarchitecture support``.
Why it hurts      It was built with GOAMD64=v2, v3 or v4 for a CPU that has less.
Example           GOAMD64=v3 in the build image, started on an older server or under an emulator.
After the fix     The program is built with a lower GOAMD64.
Fix safety        Safe: the entry of ``go env -w`` is removed; a value from the environment is only said.
How it is proved  go env says GOAMD64=v1.
References        go.dev/wiki/MinimumRequirements#amd64.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gomend.cgo import mending
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import sure
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.env import GoEnv
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_LEVEL = re.compile(r"-m(?:arch|cpu)=|-mavx|-mfma|-msse4")

rule = Rule(
    "GM294",
    "cpu-level-too-new",
    severity=Severity.ERROR,
    since="0.1",
    title="The program needs an AMD64 CPU of level {level}",
    message="The program was built for {level}, and the CPU that started it has less.",
    doc=__doc__,
    explains=("GM296",),
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, env: GoEnv | Unknown) -> Iterator[Finding]:
    level = next((w for w in env["CGO_CFLAGS"].split() if _LEVEL.match(w)), "") if isinstance(env, GoEnv) else ""
    if level and seen.has(Kind.ILLEGAL_INSTRUCTION):
        yield rule.finding(
            Subject(kind="setting", name="CGO_CFLAGS"),
            evidence=[
                log.evidence(seen.of(Kind.ILLEGAL_INSTRUCTION)[0].line),
                *(env.evidence("CGO_CFLAGS") if isinstance(env, GoEnv) else ()),
            ],
            level=level,
        )
    for symptom in seen.of(Kind.CPU_LEVEL):
        level = symptom.name or "v2+"
        set_here = isinstance(env, GoEnv) and env["GOAMD64"] == symptom.name
        yield rule.finding(
            Subject(kind="setting", name="GOAMD64"),
            evidence=[log.evidence(symptom.line), *(env.evidence("GOAMD64") if isinstance(env, GoEnv) else ())],
            confidence=sure(set_here, half=True),
            level=level,
        )


@rule.fix("Build for every AMD64 CPU", safety=Safety.SAFE)
def lower(
    finding: Finding, env: GoEnv, flags: BuildFlags | Absent | Unknown, targets: Targets | Absent | Unknown
) -> Mend | None:
    if finding.subject.name == "CGO_CFLAGS":
        return Mend(hints=mending.without(targets, flags, ("CGO_CFLAGS",), lambda w: bool(_LEVEL.match(w))))
    if env.origin("GOAMD64") != "go env -w":
        return Mend(hints=mending.again(flags, env={"GOAMD64": "v1"}))
    return Mend(steps=(env.set("GOAMD64", ""),))


_LOG = "This program can only be run on AMD64 processors with v3 microarchitecture support.\n"

rule.catches("v3", subject="GOAMD64", log=_LOG)
rule.catches("it is set here", go={"GOAMD64": "v3"}, log=_LOG)
rule.passes("another failure", log="Illegal instruction (core dumped)\n")
rule.catches(
    "C code for a newer CPU",
    subject="CGO_CFLAGS",
    env={"CGO_CFLAGS": "-O2 -march=x86-64-v4"},
    log="SIGILL: illegal instruction\n",
)
rule.passes("an illegal instruction of another kind", log="SIGILL: illegal instruction\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
