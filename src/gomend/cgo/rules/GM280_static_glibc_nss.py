"""A static program asks glibc for names of hosts or users.

What it finds     A log says ``Using 'getaddrinfo' in statically linked applications requires at runtime the shared libraries from the glibc version used for linking``.
Why it hurts      glibc loads its NSS modules at run time even in static programs: with another glibc, or none, name lookups fail or the program crashes.
Example           ``-ldflags '-linkmode external -extldflags -static'`` with package net and cgo on.
After the fix     The program uses Go's own resolver (``-tags netgo,osusergo``), or is linked with musl.
Fix safety        Manual: the command is a person's own.
How it is proved  The command is run again and no longer warns.
References        sourceware.org/glibc/wiki/FAQ (static linking); pkg.go.dev/net#hdr-Name_Resolution.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.compilers import CompilerOffers
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import uses_cgo
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_STANDARD = re.compile(r"GOROOT|/src/(?:net|os/user)/|cgo_(?:unix|lookup|resold|linux)\w*\.|getgrouplist_")
"""Files of the standard library that call such functions."""

rule = Rule(
    "GM280",
    "static-glibc-nss",
    severity=Severity.WARNING,
    since="0.1",
    title="The static program still needs glibc's shared libraries for {function}",
    message="{function} of a static glibc loads shared libraries at run time; they must be those of the same glibc version.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.STATIC_NSS):
        yield rule.finding(
            Subject(kind="function", name=symptom.name),
            evidence=[log.evidence(symptom.line)],
            confidence=uses_cgo(packages),
            function=symptom.name,
        )


@rule.fix("Use Go's own resolver", safety=Safety.MANUAL)
def netgo(
    finding: Finding,
    flags: BuildFlags | Absent | Unknown,
    log: LogText | Absent | Unknown,
    targets: Targets | Absent | Unknown,
    offers: CompilerOffers | Absent | Unknown,
) -> Mend | None:
    del finding
    known = flags if isinstance(flags, BuildFlags) else BuildFlags(flags={}, sources={})
    seen_in = [line for line in log.lines if "in statically linked" in line] if isinstance(log, LogText) else []
    if any(not _STANDARD.search(line) for line in seen_in):
        # The project's own C code calls it: no build tag helps, musl does.
        return Mend(hints=mending.again(flags, env=mending.other_libc(targets, offers, musl=True)))
    tags = ",".join(dict.fromkeys([*sorted(known.tags), "netgo", "osusergo"]))
    return Mend(hints=known.again({"tags": tags}))


_LOG = "$WORK/b001/cgo_unix_cgo.cgo2.c:60: warning: Using 'getaddrinfo' in statically linked applications requires at runtime the shared libraries from the glibc version used for linking\n"

rule.catches("hosts", subject="getaddrinfo", files=worlds.cgo_project(), log=_LOG)
rule.catches("users", subject="getpwnam_r", log=_LOG.replace("getaddrinfo", "getpwnam_r"))
rule.passes("dlopen is another matter", log=_LOG.replace("getaddrinfo", "dlopen"))
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
