"""Flags ask for a position independent program and for -static.

What it finds     The command or GOFLAGS has ``-buildmode=pie`` together with ``-extldflags -static``.
Why it hurts      gcc takes ``-static`` and drops ``-pie`` without a word: the program has fixed addresses.
Example           ``go build -buildmode=pie -ldflags '-linkmode external -extldflags -static'``.
After the fix     ``-static-pie`` stands in place of ``-static``.
Fix safety        Manual: the command is a person's own.
How it is proved  The flags no longer contradict each other.
References        gcc.gnu.org/onlinedocs/gcc/Link-Options.html (-static-pie).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.flags import BuildFlags
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM224",
    "pie-static-conflict",
    severity=Severity.WARNING,
    since="0.1",
    title="-buildmode=pie and -static contradict each other",
    message="With -extldflags {flags} gcc drops -pie: the program will have fixed addresses although -buildmode=pie asks for the contrary.",
    doc=__doc__,
    explains=("GM223",),
)


@rule.check
def check(flags: BuildFlags) -> Iterator[Finding]:
    given = flags.extldflags
    if flags["buildmode"] == "pie" and "-static" in given and "-static-pie" not in given:
        yield rule.finding(
            Subject(kind="flag", name="-buildmode=pie"),
            evidence=[flags.evidence("buildmode"), flags.evidence("ldflags")],
            flags=" ".join(given),
        )


@rule.fix("Link with -static-pie", safety=Safety.MANUAL)
def static_pie(finding: Finding, flags: BuildFlags) -> Mend | None:
    del finding
    return Mend(hints=mending.static_pie(flags))


_BAD = BuildFlags(
    flags={"buildmode": "pie", "ldflags": "-linkmode external -extldflags -static"},
    sources={"buildmode": "go build", "ldflags": "go build"},
)
_GOOD = BuildFlags(
    flags={"buildmode": "pie", "ldflags": "-linkmode external -extldflags '-static-pie -lm'"},
    sources={"buildmode": "go build", "ldflags": "go build"},
)

rule.catches("-static", subject="-buildmode=pie", files=worlds.cgo_project(), facts=(_BAD,))
rule.passes("-static-pie", files=worlds.cgo_project(), facts=(_GOOD,))
rule.passes("pie alone", files=worlds.cgo_project(), goenv={"GOFLAGS": "-buildmode=pie"})
rule.not_applicable("no flags are known", files=worlds.cgo_project())
rule.undetermined("go is not on PATH", files=worlds.cgo_project(), programs=("!go",))
