"""go refused a flag in a #cgo line or from pkg-config.

What it finds     A log says ``invalid flag in #cgo CFLAGS: -f…``: the flag is not on go's list of harmless ones.
Why it hurts      go builds foreign packages and therefore lets their #cgo lines pass only what cannot run programs.
Example           ``invalid flag in #cgo CFLAGS: -fexcess-precision=standard``.
After the fix     CGO_CFLAGS_ALLOW (or CGO_LDFLAGS_ALLOW) is an anchored regular expression for this one flag.
Fix safety        Unsafe: it lets every package of every build on this machine use the flag, so a person reads it first.
How it is proved  The command is run again and no longer says so.
References        go.dev/s/invalidflag; cmd/go/internal/work, security.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.variables import AllowLists
from gomend.cgo.judging import uses_cgo
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.env import GoEnv
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM266",
    "flag-not-allowed",
    severity=Severity.ERROR,
    since="0.1",
    title="go does not allow the flag {flag} in {place}",
    message="{place} has {flag}, which is not on go's list; {variable} can allow exactly this flag.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.FLAG_REFUSED):
        yield rule.finding(
            Subject(kind="flag", name=symptom.name, path=symptom.detail),
            evidence=[log.evidence(symptom.line)],
            confidence=uses_cgo(packages),
            flag=symptom.name,
            place=symptom.detail,
            variable=_variable(symptom.detail),
        )


def _variable(place: str) -> str:
    kind = place.rsplit(" ", 1)[-1]
    return {"--cflags": "CGO_CFLAGS_ALLOW", "--libs": "CGO_LDFLAGS_ALLOW"}.get(kind, f"CGO_{kind}_ALLOW")


@rule.fix("Allow exactly {flag} ({variable})", safety=Safety.UNSAFE)
def allow(finding: Finding, env: GoEnv, allowed: AllowLists | Unknown) -> Mend | None:
    name = _variable(finding.subject.path or "CFLAGS")
    before = allowed.values.get(name, "") if isinstance(allowed, AllowLists) else ""
    value = "|".join(filter(None, (before, f"^{re.escape(finding.subject.name)}$".replace(r"\-", "-"))))
    parameters = {"flag": finding.subject.name, "variable": name}
    if not isinstance(allowed, AllowLists) or name in allowed.exported or not env.file:
        return Mend(hints=(f"export {name}='{value}'",), parameters=parameters)
    return Mend(steps=(env.set(name, value),), parameters=parameters)


_LOG = "example.com/shop: invalid flag in #cgo CFLAGS: -fexcess-precision=standard (see https://go.dev/s/invalidflag)\n"

rule.catches("CFLAGS", subject="-fexcess-precision=standard", files=worlds.cgo_project(), log=_LOG)
rule.catches("pkg-config", subject="-Wl,-z,foo", log="example.com/x: invalid flag in pkg-config --libs: -Wl,-z,foo\n")
rule.passes("a flag of the compiler's own", log="gcc: error: unrecognized command-line option '-fnope'\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
