"""cgo failed without a word of the compiler.

What it finds     A log has ``runtime/cgo: …/cgo: exit status 2`` and no message beside it.
Why it hurts      The program of CC ran, failed and printed nothing: it is not a C compiler, or it cannot start its parts.
Example           ``CC=/bin/false go build``.
After the fix     CC names a compiler that works.
Fix safety        Manual: GM203 offers the fix where it sees the same.
How it is proved  The command is run again and no longer says so.
References        cmd/cgo, gcc.go (runGcc).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import worlds
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
    "GM282",
    "compiler-broken",
    severity=Severity.ERROR,
    since="0.1",
    title="The C compiler itself does not work: {what}",
    message="{what}: that is no fault of the C code, the compiler or a part of it failed.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.TOOL_FAILED_SILENTLY):
        yield rule.finding(
            Subject(kind="package", name=symptom.name or symptom.path or "CC"),
            evidence=[log.evidence(symptom.line)],
            confidence=uses_cgo(packages),
            what=log.lines[symptom.line].strip()[:120],
        )


@rule.fix("Try the compiler by hand", safety=Safety.MANUAL)
def try_it(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("echo 'int main(void){return 0;}' | $(go env CC) -x c -o /dev/null -; echo $?", "go env -u CC"))


_LOG = "runtime/cgo: /usr/local/go/pkg/tool/linux_amd64/cgo: exit status 2\n"

rule.catches("no message", subject="runtime/cgo", files=worlds.cgo_project(), log=_LOG)
rule.catches("a package of the project", subject="example.com/shop", log=_LOG.replace("runtime/cgo", "example.com/shop", 1))
rule.catches(
    "a compiler that makes nothing", log="# runtime/cgo\ncgo: cannot parse $WORK/b003/_cgo_.o as ELF, Mach-O, PE or XCOFF\n"
)
rule.catches("a part is missing", log="gcc: fatal error: cannot execute ‘cc1’: execvp: No such file or directory\n")
rule.catches("it crashes", log="main.go:4:1: internal compiler error: Segmentation fault\n")
rule.passes("the compiler said something", log="# runtime/cgo\ngcc: error: unrecognized command-line option '-marm'\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
