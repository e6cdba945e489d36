"""A vendored package did not find a header of its own.

What it finds     A log says that a file below ``vendor/`` includes a header by ``#include "…"``, and the header was not found.
Why it hurts      ``go mod vendor`` copies only folders that have Go files; folders with headers alone are lost.
Example           ``vendor/example.com/dep/dep.go:4:11: fatal error: dep.h: No such file or directory``.
After the fix     The package is built from the module cache, or its folder has a Go file and is vendored.
Fix safety        Manual: where vendor/ is on this machine, GM226 shows what it lacks.
How it is proved  The command is run again and no longer says so.
References        go.dev/ref/mod#go-mod-vendor; golang/go#26366.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gomend.cgo import mending
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.vendored import VendorLosses
from gomend.cgo.judging import sure
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_VENDORED = re.compile(r"(?:^|/)vendor/")

rule = Rule(
    "GM236",
    "vendor-drops-c-files",
    severity=Severity.ERROR,
    since="0.1",
    title="vendor/ lacks {header}, a header of the vendored package",
    message="{where} includes {header} of its own module, and go mod vendor copies only folders that have Go files.",
    doc=__doc__,
    explains=("GM267",),
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, losses: VendorLosses | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.HEADER_NOT_FOUND):
        quoted = any(f'"{symptom.name}"' in line for line in log.lines[symptom.line : symptom.line + 3])
        if quoted and _VENDORED.search(symptom.path):
            yield rule.finding(
                Subject(kind="header", name=symptom.name),
                evidence=[log.evidence(symptom.line, more=1)],
                confidence=sure(isinstance(losses, VendorLosses) and bool(losses.items), half=True),
                header=symptom.name,
                where=symptom.path,
            )


@rule.fix("Build without vendor/", safety=Safety.MANUAL)
def without_vendor(finding: Finding, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    del finding
    return Mend(hints=(*mending.again(flags, {"mod": "mod"}), "# or ask its author for a Go file in the folder"))


_LOG = """\
vendor/example.com/dep/dep.go:4:11: fatal error: dep.h: No such file or directory
    4 | // #include "dep.h"
"""

rule.catches("gcc", subject="dep.h", log=_LOG)
rule.passes("a header of the system", log=_LOG.replace('"dep.h"', "<dep.h>"))
rule.passes("a package of the project", log=_LOG.replace("vendor/example.com/dep/", "./"))
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
