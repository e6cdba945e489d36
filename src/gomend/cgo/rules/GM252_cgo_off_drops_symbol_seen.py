"""A name is undefined because the file that declares it was left out with cgo.

What it finds     A log says ``undefined: name``, and the project declares that name only in a file that imports "C".
Why it hurts      The message points at a correct file; the one that is missing is not mentioned.
Example           ``./main.go:3:29: undefined: cAdd`` with CGO_ENABLED=0.
After the fix     cgo is on, or a file with ``//go:build !cgo`` declares the name.
Fix safety        Manual: GM205, GM206 and GM207 offer the fix where they find why cgo is off.
How it is proved  The command is run again and no longer says so.
References        pkg.go.dev/cmd/cgo; pkg.go.dev/cmd/go#hdr-Build_constraints.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.golang.facts.project import GoMod
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM252",
    "cgo-off-drops-symbol",
    severity=Severity.ERROR,
    since="0.1",
    title="{name} is undefined because cgo was off: {file} declares it",
    message='{where} uses {name}, which only {file} declares; that file imports "C" and is left out while cgo is off.',
    doc=__doc__,
)


@rule.check
def check(
    log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown, mod: GoMod | Absent | Unknown
) -> Iterator[Finding]:
    if not isinstance(packages, CgoPackages):
        # Of a project that is not here only the name is known; a qualified one is no name of the package itself.
        bare = [s for s in seen.of(Kind.NAME_UNDEFINED) if "." not in s.name]
        for symptom in bare[:1] if isinstance(mod, Absent) and len(bare) == len(seen.of(Kind.NAME_UNDEFINED)) else ():
            yield rule.finding(
                Subject(kind="name", name=symptom.name, path=symptom.path, line=int(symptom.detail)),
                evidence=[log.evidence(symptom.line)],
                confidence=Confidence.LOW,
                severity=Severity.WARNING,
                name=symptom.name,
                file="*.go",
                where=f"{symptom.path}:{symptom.detail}",
            )
        return
    dropped = {d.name: d for used in packages.by_target.values() for p in used for d in p.dropped}
    for symptom in seen.of(Kind.NAME_UNDEFINED):
        found = dropped.get(symptom.name)
        if found:
            yield rule.finding(
                Subject(kind="name", name=symptom.name, path=symptom.path, line=int(symptom.detail)),
                evidence=[log.evidence(symptom.line), Evidence(source=found.file, quote=f'import "C", declares {found.name}')],
                name=symptom.name,
                file=found.file,
                where=f"{symptom.path}:{symptom.detail}",
            )


@rule.fix("Switch cgo on", safety=Safety.MANUAL)
def switch_on(finding: Finding, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    del finding
    return Mend(hints=mending.again(flags, env={"CGO_ENABLED": "1"}))


_MAIN = "package main\n\nfunc main() { println(add(2, 40)) }\n"
_ADD = 'package main\n\n// static int add(int a, int b) { return a + b; }\nimport "C"\n\nfunc add(a, b int) int { return int(C.add(C.int(a), C.int(b))) }\n'
_FILES = {"go.mod": worlds.MOD, "main.go": _MAIN, "add.go": _ADD}
_LOG = "# example.com/shop\n./main.go:3:23: undefined: add\n"

rule.catches("a function in a cgo file", subject="add", files=_FILES, log=_LOG)
rule.passes("a name that nobody declares", files=_FILES, log="./main.go:3:23: undefined: nope\n")
rule.passes("another failure", files=_FILES, log="./main.go:3:23: missing return\n")
rule.passes("no package uses cgo", files=worlds.pure_project(), log=_LOG)
rule.catches("a log of a project that is not here", log=_LOG)
rule.passes("a name of another package", log="./main.go:3:23: undefined: http.Nope\n")
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
