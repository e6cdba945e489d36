"""Every Go file of a package was left out, and the package uses cgo.

What it finds     A log says ``build constraints exclude all Go files in DIR``, and the package there is known to use cgo, or nothing is known of it.
Why it hurts      The message names no reason; the usual one is that cgo is off: no C compiler was found, or the build is a cross build.
Example           ``package example.com/x: build constraints exclude all Go files in /src/x``.
After the fix     cgo is on and a C compiler is there.
Fix safety        Manual: GM205, GM206 and GM207 offer the fix where they find why cgo is off.
How it is proved  The command is run again and no longer says so.
References        go.dev/doc/go1.20#cgo; go/build, NoGoError.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.judging import sure
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.golang.facts.project import GoMod
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM253",
    "cgo-auto-disabled",
    severity=Severity.ERROR,
    since="0.1",
    title="All files of {folder} were left out, most likely because cgo was off",
    message='The log says that build constraints exclude all Go files in {folder}: files that import "C" are left out while cgo is off.',
    doc=__doc__,
)


@rule.check
def check(
    log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown, mod: GoMod | Absent | Unknown
) -> Iterator[Finding]:
    known = isinstance(packages, CgoPackages)
    if isinstance(packages, Absent) and not isinstance(mod, Absent):
        return  # the project is here, and nothing in it uses cgo
    gone = (
        {p.dir: p for used in packages.by_target.values() for p in used if p.gone} if isinstance(packages, CgoPackages) else {}
    )
    for symptom in seen.of(Kind.FILES_EXCLUDED):
        folder = symptom.path.strip()
        if known and folder not in gone:
            continue
        yield rule.finding(
            Subject(kind="folder", name=folder),
            evidence=[log.evidence(symptom.line), *([gone[folder].evidence("go list")] if folder in gone else [])],
            confidence=sure(known),
            folder=folder,
        )


@rule.fix("Switch cgo on", safety=Safety.MANUAL)
def switch_on(finding: Finding, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    del finding
    lines = mending.again(flags, env={"CGO_ENABLED": "1"})
    return Mend(hints=("go env CGO_ENABLED CC   # 0 without a C compiler, and in every cross build", *lines))


_LOG = "package example.com/shop: build constraints exclude all Go files in /project\n"

rule.catches("the project's own package", subject="/project", files=worlds.cgo_project(), log=_LOG)
rule.catches("nothing is known", log=_LOG, programs=("!go",))
rule.passes("a package without cgo", files=worlds.cgo_project(), log=_LOG.replace("/project", "/project/other"))
rule.catches("a log of a project that is not here", log=_LOG)
rule.passes("no package uses cgo", files=worlds.pure_project(), log=_LOG)
rule.undetermined("the log is from before the fix", files=worlds.cgo_project(), without={"LogText": Unknown(reason="old")})
