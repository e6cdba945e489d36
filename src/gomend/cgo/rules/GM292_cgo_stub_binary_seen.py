"""A package says at run time that it was built without cgo.

What it finds     A log says ``Binary was compiled with 'CGO_ENABLED=0'`` or ``requires cgo to work``.
Why it hurts      The build passed with the package's files for builds without cgo, which only answer with this error.
Example           ``Binary was compiled with 'CGO_ENABLED=0', go-sqlite3 requires cgo to work. This is a stub``.
After the fix     The program is built with cgo and a C compiler, or uses a package in pure Go.
Fix safety        Manual: only a person knows how the program was built. GM205 and GM206 offer the fix where they find why cgo is off.
How it is proved  The program is built again with CGO_ENABLED=1.
References        pkg.go.dev/cmd/cgo; go.dev/doc/go1.20#cgo.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gomend.cgo import mending
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.judging import sure
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_STUB = re.compile(
    r"(?:[Cc]ompiled with '?CGO_ENABLED=0'?,?\s*|^|\s)(?P<name>[\w./-]+)? ?requires cgo(?: to work|\b.*stub)|built without cgo"
)

rule = Rule(
    "GM292",
    "cgo-stub-binary",
    severity=Severity.ERROR,
    since="0.1",
    title="The program was built without cgo, which {package} needs",
    message="{package} says that it is only a stub: the program was built with CGO_ENABLED=0.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for index, line in enumerate(log.lines):
        match = _STUB.search(line)
        if match:
            name = match["name"] or "?"
            stub = isinstance(packages, CgoPackages) and any(p.stub for used in packages.by_target.values() for p in used)
            yield rule.finding(
                Subject(kind="package", name=name),
                evidence=[log.evidence(index)],
                confidence=sure(stub, half=True),
                package=name,
            )
            return


@rule.fix("Build with cgo", safety=Safety.MANUAL)
def with_cgo(finding: Finding, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    del finding
    return Mend(hints=(*mending.again(flags, env={"CGO_ENABLED": "1"}), "go env CGO_ENABLED CC   # a C compiler must be there"))


_LOG = "2026/01/01 12:00:00 Binary was compiled with 'CGO_ENABLED=0', go-sqlite3 requires cgo to work. This is a stub\n"

rule.catches("a database driver", subject="go-sqlite3", log=_LOG)
rule.catches("another wording", log="keyring: built without cgo\n")
rule.passes("go itself refuses a flag", log="go: -race requires cgo; enable cgo by setting CGO_ENABLED=1\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
