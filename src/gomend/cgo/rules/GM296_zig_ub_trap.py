"""zig cc put checks for undefined behaviour into C code, and their library is not linked.

What it finds     A log misses ``__ubsan_handle_…`` symbols.
Why it hurts      Without ``-O`` zig cc compiles with UBSan; go's default ``-O2`` switches it off, and a CGO_CFLAGS of one's own takes that away.
Example           ``CGO_CFLAGS=-DX=1 CC='zig cc' go build``.
After the fix     CGO_CFLAGS has ``-O2``, or ``-fno-sanitize=undefined``.
Fix safety        Manual: the value is a person's own.
How it is proved  The command is run again and no longer says so.
References        ziglang.org/documentation/master (zig cc); go env CGO_CFLAGS.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending
from gomend.cgo.facts.compilers import Compilers
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

rule = Rule(
    "GM296",
    "zig-ub-trap",
    severity=Severity.ERROR,
    since="0.1",
    title="zig cc compiled with UBSan: {symbol} is missing",
    message="C code was compiled by zig without -O, so it calls {symbol}, which nothing on the link line defines.",
    doc=__doc__,
    explains=("GM269",),
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, env: GoEnv | Unknown, compilers: Compilers | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.SYMBOL_UNDEFINED):
        if symptom.name.startswith("__ubsan_"):
            plain = isinstance(env, GoEnv) and not any(w.startswith("-O") for w in env["CGO_CFLAGS"].split())
            yield rule.finding(
                Subject(kind="symbol", name=symptom.name),
                evidence=[log.evidence(symptom.line), *(env.evidence("CC", "CGO_CFLAGS") if isinstance(env, GoEnv) else ())],
                confidence=sure(plain, half=True),
                symbol=symptom.name,
            )
            return
    zig = isinstance(compilers, Compilers) and any(c.zig for c in compilers.by_value.values())
    for symptom in seen.of(Kind.ILLEGAL_INSTRUCTION)[:1]:
        # Compiled with traps, the same checks end the program.
        if zig or "during cgo execution" in log.text:
            yield rule.finding(
                Subject(kind="signal", name="SIGILL"),
                evidence=[log.evidence(symptom.line)],
                confidence=sure(False, half=zig),
                symbol="SIGILL",
            )


@rule.fix("Compile C without those checks", safety=Safety.MANUAL)
def optimise(finding: Finding, targets: Targets | Absent | Unknown, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    del finding
    value = mending.with_words(mending.current(targets), "CGO_CFLAGS", "-fno-sanitize=undefined")
    return Mend(hints=mending.again(flags, env={"CGO_CFLAGS": value}))


_LOG = "ld.lld: error: undefined symbol: __ubsan_handle_add_overflow\n>>> referenced by main.go:4\n"

rule.catches("an archive", subject="__ubsan_handle_add_overflow", log=_LOG)
rule.catches("flags of one's own", goenv={"CGO_CFLAGS": "-DX=1"}, log=_LOG)
rule.passes("another symbol", log=_LOG.replace("__ubsan_handle_add_overflow", "foo"))
rule.catches(
    "the program ends in a trap",
    log="SIGILL: illegal instruction\nPC=0x47a6a1 m=0 sigcode=2\nsignal arrived during cgo execution\n",
)
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
