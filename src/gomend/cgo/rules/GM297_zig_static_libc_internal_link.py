"""go linked a program itself that zig compiled for a static C library.

What it finds     A log says ``relocation target getaddrinfo not defined`` of packages net, os/user or runtime/cgo.
Why it hurts      Where only the standard library uses cgo, go links internally and leaves C symbols to a shared C library; zig's musl has none.
Example           ``CC='zig cc -target x86_64-linux-musl' go build`` of a program that imports net.
After the fix     ``-ldflags=-linkmode=external`` lets zig link.
Fix safety        Manual: the command is a person's own; without C of one's own CGO_ENABLED=0 is simpler.
How it is proved  The command is run again and no longer says so.
References        cmd/link/internal/ld, mustLinkExternal; ziglang.org/documentation/master (zig cc).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import sure
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_LINE = re.compile(
    r"(?P<package>net|os/user|runtime/cgo|plugin)\(\.text[\w.]*\): relocation target (?P<symbol>\w+) not defined"
)

rule = Rule(
    "GM297",
    "zig-static-libc-internal-link",
    severity=Severity.ERROR,
    since="0.1",
    title="go linked {package} itself, without the static C library of {compiler}",
    message="{package} needs {symbol}, which only the C library has; go linked the program itself and has no shared C library to take it from.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, targets: Targets | Unknown) -> Iterator[Finding]:
    for index, line in enumerate(log.lines):
        match = _LINE.match(line)
        if match:
            cc = targets.current["CC"] if isinstance(targets, Targets) else ""
            yield rule.finding(
                Subject(kind="package", name=match["package"]),
                evidence=[
                    log.evidence(index),
                    *(targets.current.evidence("CC") if cc and isinstance(targets, Targets) else ()),
                ],
                confidence=sure("musl" in cc or "zig" in cc),
                package=match["package"],
                symbol=match["symbol"],
                compiler=cc or "CC",
            )
            return


@rule.fix("Let zig link", safety=Safety.MANUAL)
def external(finding: Finding, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    del finding
    known = flags if isinstance(flags, BuildFlags) else BuildFlags(flags={}, sources={})
    return Mend(hints=known.again({"ldflags": known.ldflags(known.extldflags)}))


_LOG = "# example.com/shop\nnet(.text): relocation target __errno_location not defined\nnet(.text): relocation target getaddrinfo not defined\n"

rule.catches("zig with musl", subject="net", goenv={"CC": "zig cc -target x86_64-linux-musl"}, log=_LOG)
rule.catches("nothing is known", subject="net", programs=("!go",), log=_LOG)
rule.passes("a package of the project", log="example.com/shop.main: relocation target example.com/shop.asm not defined\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
