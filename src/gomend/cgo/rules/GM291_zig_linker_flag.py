"""zig does not know a linker flag.

What it finds     A log says ``unsupported linker arg`` or the like of a flag that GNU ld knows.
Why it hurts      ``zig cc`` passes on only the flags that its own linker has.
Example           ``error: unsupported linker arg: --dynamic-list=…``.
After the fix     The flag is gone from CGO_LDFLAGS and ``#cgo LDFLAGS`` for this compiler, or another compiler links.
Fix safety        Manual: the flag is a person's own.
How it is proved  The command is run again and no longer says so.
References        github.com/ziglang/zig/issues (unsupported linker arg).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.compilers import CompilerOffers
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
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
    "GM291",
    "zig-linker-flag",
    severity=Severity.ERROR,
    since="0.1",
    title="The linker does not know {flag}",
    message="The linker of this compiler has no flag {flag}.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.LINKER_OPTION_UNKNOWN):
        yield rule.finding(
            Subject(kind="flag", name=symptom.name),
            evidence=[log.evidence(symptom.line)],
            confidence=uses_cgo(packages),
            flag=symptom.name,
        )


@rule.fix("Do without the flag, or link with gcc", safety=Safety.MANUAL)
def drop(
    finding: Finding,
    targets: Targets | Absent | Unknown,
    flags: BuildFlags | Absent | Unknown,
    offers: CompilerOffers | Absent | Unknown,
) -> Mend | None:
    name = finding.subject.name
    lines = mending.without(targets, flags, ("CGO_LDFLAGS",), lambda w: name in w)
    if not lines and isinstance(flags, BuildFlags) and any(name in w for w in flags.extldflags):
        lines = flags.again(
            {"ldflags": flags.ldflags(tuple(w for w in flags.extldflags if name not in w), external=flags.external)}
        )
    if not lines:
        lines = (
            f"# take {name} out of the #cgo LDFLAGS line, or link with gcc:",
            *mending.again(flags, env=mending.by_gcc(targets, offers)),
        )
    return Mend(hints=lines)


rule.catches(
    "zig", subject="--dynamic-list=x", files=worlds.cgo_project(), log="error: unsupported linker arg: --dynamic-list=x\n"
)
rule.catches("another wording", log="warning: unknown linker arg: '--foo'\n")
rule.passes("the compiler's own option", log="gcc: error: unrecognized command-line option '-marm'\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
