"""musl no longer has the names with 64.

What it finds     A log misses ``off64_t``, ``stat64``, ``pread64`` and the like, while CC compiles for musl.
Why it hurts      musl 1.2.4 (Alpine 3.18) took these aliases of large-file support away; sizes are 64-bit there anyway.
Example           ``error: unknown type name 'off64_t'`` in golang:alpine, known from older SQLite drivers.
After the fix     The code uses the plain names, the dependency is newer, or ``-D_LARGEFILE64_SOURCE`` stands in CGO_CFLAGS.
Fix safety        Manual: only a person knows which.
How it is proved  The command is run again and no longer says so.
References        musl.libc.org/releases.html (1.2.4).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.compilers import Compilers
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import sure
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM288",
    "musl-lfs64",
    severity=Severity.ERROR,
    since="0.1",
    title="musl has no {name} any more",
    message="{name} was an alias for large files, which musl 1.2.4 and later do not declare.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, compilers: Compilers | Absent | Unknown) -> Iterator[Finding]:
    known = isinstance(compilers, Compilers) and any(c.musl for c in compilers.by_value.values())
    for symptom in seen.of(Kind.LFS64_NAME)[:1]:
        yield rule.finding(
            Subject(kind="name", name=symptom.name),
            evidence=[log.evidence(symptom.line, more=1)],
            confidence=sure(known),
            name=symptom.name,
        )


@rule.fix("Update the dependency, or ask for the names", safety=Safety.MANUAL)
def ask(finding: Finding, targets: Targets | Absent | Unknown, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    del finding
    value = mending.with_words(mending.current(targets), "CGO_CFLAGS", "-D_LARGEFILE64_SOURCE")
    return Mend(
        hints=("# best: go get -u the module that uses the name. Until then:", *mending.again(flags, env={"CGO_CFLAGS": value}))
    )


_LOG = "sqlite3-binding.c:1:1: error: unknown type name 'off64_t'; did you mean 'off_t'?\n"

rule.catches("a type", subject="off64_t", log=_LOG)
rule.catches(
    "musl-gcc",
    subject="pread64",
    files=worlds.cgo_project(),
    env={"CC": "musl-gcc"},
    programs=("musl-gcc",),
    commands=worlds.machine("musl-gcc", "x86_64-linux-gnu"),
    log="sqlite3-binding.c:1:1: error: 'pread64' undeclared here (not in a function)\n",
)
rule.passes("another type", log=_LOG.replace("off64_t", "foo_t"))
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
