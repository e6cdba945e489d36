"""go looked for half of a compiler's path.

What it finds     A log says that the C compiler ``/opt/my`` was not found: the path ends in no name that a compiler has, so CC holds a path with a blank.
Why it hurts      go splits CC at blanks; the message names a file that nobody asked for.
Example           ``C compiler "/opt/my" not found`` with ``CC=/opt/my tools/gcc``.
After the fix     CC quotes the path inside its value.
Fix safety        Manual: the log does not say the rest of the path. Where this machine has the same CC, GM202 writes it.
How it is proved  The command is run again and no longer says so.
References        cmd/internal/quoted; pkg.go.dev/cmd/go (CC).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.facts import Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_COMPILER = re.compile(r"(?i)cc|c\+\+|g\+\+|clang|cl\.exe|zig|ccache|wrapper|python|gomend")

rule = Rule(
    "GM235",
    "compiler-path-unquoted",
    severity=Severity.ERROR,
    since="0.1",
    title="go looked for {piece}, which is half of a path with a blank",
    message="{piece} has no name that a C compiler has: CC holds a path with a blank, and go splits it there.",
    doc=__doc__,
    explains=("GM250",),
)


@rule.check
def check(log: LogText, seen: CgoSymptoms) -> Iterator[Finding]:
    for symptom in seen.of(Kind.COMPILER_NOT_FOUND):
        folder, slash, name = symptom.name.replace("\\", "/").rpartition("/")
        if slash and folder and not _COMPILER.search(name):
            yield rule.finding(
                Subject(kind="setting", name="CC"),
                evidence=[log.evidence(symptom.line)],
                confidence=Confidence.MEDIUM,
                piece=symptom.name,
            )


@rule.fix("Quote the path inside CC", safety=Safety.MANUAL)
def quote(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("go env CC", "# export CC=\"'/path with a blank/gcc'\""))


_LOG = 'cgo: C compiler "/opt/my" not found: exec: "/opt/my": stat /opt/my: no such file or directory\n'

rule.catches("half of a path", subject="CC", log=_LOG)
rule.catches("with the project", files=worlds.cgo_project(), log=_LOG)
rule.passes("a compiler that is not there", log=_LOG.replace("/opt/my", "/opt/llvm/bin/clang-19"))
rule.passes("a plain name", log=_LOG.replace("/opt/my", "tcc"))
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
