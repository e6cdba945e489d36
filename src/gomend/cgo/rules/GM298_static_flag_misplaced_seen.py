"""-static was given to go's linker, which has no such flag.

What it finds     A log says ``flag provided but not defined: -static``.
Why it hurts      ``-ldflags`` are flags of go's own linker; those for the C linker go into ``-extldflags``.
Example           ``go build -ldflags -static``.
After the fix     ``-ldflags '-linkmode external -extldflags -static'``.
Fix safety        Manual: the command is a person's own.
How it is proved  The command is run again and no longer says so.
References        pkg.go.dev/cmd/link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gomend.cgo import mending
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import sure
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_LINE = re.compile(r"flag provided but not defined: (?P<flag>-(?:static(?:-pie)?|Wl\S*|L\S*|rpath\S*))")

rule = Rule(
    "GM298",
    "static-flag-misplaced",
    severity=Severity.ERROR,
    since="0.1",
    title="{flag} is no flag of go's linker",
    message="go's linker has no {flag}; flags for the C linker belong into -extldflags.",
    doc=__doc__,
)


@rule.check
def check(log: LogText) -> Iterator[Finding]:
    for index, line in enumerate(log.lines):
        match = _LINE.search(line)
        if match:
            yield rule.finding(
                Subject(kind="flag", name=match["flag"]),
                evidence=[log.evidence(index)],
                confidence=sure(any(match["flag"] in word for word in log.command), half=True),
                flag=match["flag"],
            )
            return


@rule.fix("Give -static to the C linker", safety=Safety.MANUAL)
def give(
    finding: Finding,
    flags: BuildFlags | Absent | Unknown,
    packages: CgoPackages | Absent | Unknown,
    targets: Targets | Absent | Unknown,
) -> Mend | None:
    del finding
    if not isinstance(flags, BuildFlags):
        return Mend(hints=mending.static_link(flags, packages, mending.current(targets)))
    return Mend(hints=flags.again({"ldflags": flags.ldflags((*flags.extldflags, "-static"))}))


rule.catches(
    "-static",
    subject="-static",
    log="# example.com/shop\nflag provided but not defined: -static\nusage: link [options] main.o\n",
)
rule.catches("-static-pie", subject="-static-pie", log="flag provided but not defined: -static-pie\n")
rule.passes("a flag of go build", log="flag provided but not defined: -rce\nusage: go build\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
