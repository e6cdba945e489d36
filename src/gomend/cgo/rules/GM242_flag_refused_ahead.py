"""A #cgo line has a flag that go refuses.

What it finds     A flag in ``#cgo CFLAGS``, ``CPPFLAGS``, ``CXXFLAGS`` or ``LDFLAGS`` that no pattern in the list of this go command matches, and that CGO_*_ALLOW does not allow.
Why it hurts      go build stops at the package: ``invalid flag in #cgo CFLAGS``. The list guards against code that runs while a dependency is built.
Example           ``#cgo CFLAGS: -fexcess-precision=standard``.
After the fix     The flag is gone, or CGO_CFLAGS_ALLOW allows exactly this one.
Fix safety        Manual: whether a flag of a dependency may be trusted is for a person to say.
How it is proved  The flag is laid beside the lists again.
References        go.dev/s/invalidflag; cmd/go/internal/work/security.go, which is read from the GOROOT in use.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.targets import Targets
from gomend.cgo.facts.variables import AllowLists
from gomend.cgo.preflight import samples
from gomend.cgo.preflight.allowed import FlagRules
from gomend.cgo.preflight.native import NativePackages
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM242",
    "flag-not-allowed",
    severity=Severity.ERROR,
    since="0.1",
    title="go refuses the flag {flag} in #cgo {kind}",
    message="{package} has {flag} in a #cgo {kind} line; it is not on the list of flags that go passes on.",
    doc=__doc__,
    explains=("GM266", "GM260"),
)


@rule.check
def check(targets: Targets, native: NativePackages, rules: FlagRules, allowed: AllowLists | Unknown) -> Iterator[Finding]:
    lists = allowed.values if isinstance(allowed, AllowLists) else {}
    seen: set[tuple[str, str]] = set()
    for target in targets.items:
        for one in native.of(target):
            for kind in ("CFLAGS", "CPPFLAGS", "CXXFLAGS", "LDFLAGS"):
                table = "Linker" if kind == "LDFLAGS" else "Compiler"
                flag = rules.refused(table, one.flags(kind), lists.get(f"CGO_{kind}_ALLOW", ""))
                if not flag or (one.package.path, flag) in seen:
                    continue
                seen.add((one.package.path, flag))
                yield rule.finding(
                    Subject(kind="flag", name=flag),
                    key=f"{one.package.path} {kind}",
                    evidence=[
                        Evidence(source=one.package.path, quote=f"#cgo {kind}: {' '.join(one.package.flags[kind])}"),
                        Evidence(
                            source="cmd/go/internal/work/security.go", quote=f"no pattern of {table} flags matches {flag}"
                        ),
                    ],
                    flag=flag,
                    kind=kind,
                    package=one.package.path,
                )


@rule.fix("Allow exactly {flag}, or take it out", safety=Safety.MANUAL)
def allow(finding: Finding) -> Mend | None:
    flag = finding.subject.name
    kind = str(finding.title.parameters["kind"])
    return Mend(
        hints=(f"CGO_{kind}_ALLOW={shlex.quote(re.escape(flag).replace(chr(92) + '-', '-'))} go build ./...",),
        parameters={"flag": flag},
    )


_LISTS = FlagRules(
    valid={"Compiler": (r"-O", r"-D([A-Za-z_]\w*)(=[^@\-]*)?", r"-std=.+"), "Linker": (r"-l([^@\-].*)",)},
    invalid={},
    next_argument={"Compiler": ("-I",), "Linker": ("-framework",)},
)


def _with(*words: str, kind: str = "CFLAGS") -> tuple[NativePackages, FlagRules]:
    return samples.natives(samples.package(flags={kind: words})), _LISTS


rule.catches(
    "not on the list",
    subject="-fexcess-precision=standard",
    files=worlds.cgo_project(),
    facts=_with("-std=c99", "-fexcess-precision=standard"),
)
rule.catches("an argument that looks like a flag", subject="-I", files=worlds.cgo_project(), facts=_with("-I", "-x"))
rule.catches("a file of linker flags", subject="@flags", files=worlds.cgo_project(), facts=_with("@flags", kind="LDFLAGS"))
rule.passes("all known", files=worlds.cgo_project(), facts=_with("-DX=1", "-I", "include"))
rule.undetermined("go list gives nothing", files=worlds.cgo_project(), facts=(_LISTS,))
