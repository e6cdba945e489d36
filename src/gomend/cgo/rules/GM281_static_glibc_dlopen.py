"""A static program wants to load shared libraries.

What it finds     A log says ``Using 'dlopen' in statically linked applications requires at runtime the shared libraries from the glibc version used for linking``.
Why it hurts      dlopen of a static glibc works only where the very same glibc is installed.
Example           ``-extldflags -static`` with a package that loads plugins.
After the fix     The program is dynamic, or does without the package.
Fix safety        Manual: the command is a person's own.
How it is proved  The command is run again and no longer warns.
References        sourceware.org/glibc/wiki/FAQ (static linking).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.judging import uses_cgo
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM281",
    "static-glibc-dlopen",
    severity=Severity.WARNING,
    since="0.1",
    title="The static program calls {function}, which needs glibc's shared libraries",
    message="{function} of a static glibc works only where the same glibc version is installed.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.STATIC_DLOPEN):
        yield rule.finding(
            Subject(kind="function", name=symptom.name),
            evidence=[log.evidence(symptom.line)],
            confidence=uses_cgo(packages),
            function=symptom.name,
        )


@rule.fix("Link dynamically", safety=Safety.MANUAL)
def dynamic(finding: Finding, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    del finding
    if not isinstance(flags, BuildFlags):
        return Mend(hints=("# build without -extldflags -static",))
    kept = tuple(w for w in flags.extldflags if w not in {"-static", "-static-pie"})
    return Mend(hints=flags.again({"ldflags": flags.ldflags(kept)}))


_LOG = "/usr/bin/ld: a.o: in function `f': warning: Using 'dlopen' in statically linked applications requires at runtime the shared libraries from the glibc version used for linking\n"

rule.catches("dlopen", subject="dlopen", files=worlds.cgo_project(), log=_LOG)
rule.catches("nothing is known of the project", log=_LOG, programs=("!go",))
rule.passes("names of hosts are another matter", log=_LOG.replace("dlopen", "getaddrinfo"))
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
