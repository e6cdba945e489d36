"""A build for another machine is given header folders of this machine.

What it finds     cgo is on for a target that is not this machine, and CGO_CFLAGS, CGO_CPPFLAGS or CGO_CXXFLAGS has ``-I/usr/include``, ``-I/usr/local/include`` or the folder of this machine's headers.
Why it hurts      Types and macros of this machine go into the other machine's program; it compiles and may be wrong.
Example           ``CGO_CFLAGS=-I/usr/include GOARCH=arm64``.
After the fix     The folders are those of the target.
Fix safety        Manual: only a person knows which headers were meant.
How it is proved  No setting of the target names such a folder.
References        gcc.gnu.org/onlinedocs/gcc/Directory-Options.html (-I).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gomend.cgo import mending, quoting, triples, worlds
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_HOST = re.compile(r"-(?:I|isystem)(?:/usr/include(?:/[a-z0-9_]+-linux-gnu\w*)?|/usr/local/include|/opt/homebrew/include)/?")

rule = Rule(
    "GM233",
    "host-include-leak",
    severity=Severity.WARNING,
    since="0.1",
    title="{setting} gives {target} headers of this machine: {flag}",
    message="{setting} has {flag} for {target}: the compiler then reads headers of this machine before the target's own.",
    doc=__doc__,
    explains=("GM267", "GM285", "GM260"),
)


@rule.check
def check(targets: Targets, packages: CgoPackages) -> Iterator[Finding]:
    for target in targets.items:
        if not target.cross or not target.cgo or not packages.of(target):
            continue
        for name in ("CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS"):
            own = triples.gnu_triple(target.goos, target.goarch) or "-"
            flag = next((w for w in quoting.words(target[name]) if _HOST.fullmatch(w) and own not in w), "")
            if flag:
                yield rule.finding(
                    Subject(kind="setting", name=name),
                    key=target.name,
                    evidence=target.evidence(name, "GOOS", "GOARCH"),
                    setting=name,
                    target=target.name,
                    flag=flag,
                )


@rule.fix("Leave out this machine's headers", safety=Safety.MANUAL)
def name(finding: Finding, targets: Targets, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    return Mend(hints=mending.without(targets, flags, (finding.subject.name,), lambda w: bool(_HOST.fullmatch(w))))


_ENV = {"GOARCH": "arm64", "CGO_CFLAGS": "-O2 -I/usr/include"}

rule.catches("/usr/include", subject="CGO_CFLAGS", files=worlds.cgo_project(), env=_ENV)
rule.catches(
    "the folder of this machine", files=worlds.cgo_project(), env={**_ENV, "CGO_CFLAGS": "-I/usr/include/x86_64-linux-gnu"}
)
rule.passes("this machine", files=worlds.cgo_project(), env={"CGO_CFLAGS": "-I/usr/include"})
rule.passes("the target's folder", files=worlds.cgo_project(), env={**_ENV, "CGO_CFLAGS": "-I/usr/include/aarch64-linux-gnu"})
rule.not_applicable("no package uses cgo", files=worlds.pure_project(), env=_ENV)
rule.undetermined("go is not on PATH", files=worlds.cgo_project(), env=_ENV, programs=("!go",))
