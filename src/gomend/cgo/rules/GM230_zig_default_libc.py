"""A zig target without a C library means musl.

What it finds     CC is ``zig cc -target CPU-linux`` with nothing behind ``linux``.
Why it hurts      zig then takes musl, unlike gcc: libraries of a glibc system do not fit, and names are resolved by musl's rules.
Example           ``CC='zig cc -target x86_64-linux'``.
After the fix     The target says which it is: ``x86_64-linux-musl`` or ``x86_64-linux-gnu.2.28``.
Fix safety        Manual: only a person knows which was meant.
How it is proved  The target names a C library.
References        ziglang.org/documentation/master (zig cc, targets).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.compilers import Compilers
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM230",
    "zig-default-libc",
    severity=Severity.INFO,
    since="0.1",
    title="{zig} means musl",
    message="CC={value} names no C library; zig takes musl for {zig}.",
    doc=__doc__,
)


@rule.check
def check(targets: Targets, packages: CgoPackages, compilers: Compilers) -> Iterator[Finding]:
    for target in targets.items:
        compiler = compilers.of(target)
        if not target.cgo or not packages.of(target) or compiler is None or not compiler.zig:
            continue
        named = next((n for w, n in itertools.pairwise(compiler.words) if w in {"-target", "--target"}), "")
        if named.endswith("-linux"):
            yield rule.finding(
                Subject(kind="target", name=target.name),
                evidence=[*target.evidence("CC"), compiler.evidence()],
                zig=named,
                value=compiler.value,
            )


@rule.fix("Say which C library is meant", safety=Safety.MANUAL)
def say(finding: Finding, targets: Targets) -> Mend | None:
    target = next(t for t in targets.items if t.name == finding.subject.name)
    return Mend(
        hints=(
            mending.plain("CC", f"{target['CC']}-musl"),
            f"# or, for systems with glibc: {mending.plain('CC', target['CC'] + f'-gnu.{mending.GLIBC}')}",
        )
    )


_ZIG = "zig cc -target x86_64-linux"
_SAYS = {f"{_ZIG} -dumpmachine": worlds.say("x86_64-unknown-linux-musl")}

rule.catches(
    "bare linux", subject="linux/amd64", files=worlds.cgo_project(), goenv={"CC": _ZIG}, programs=("zig",), commands=_SAYS
)
rule.catches(
    "the wheel", files=worlds.cgo_project(), env={"CC": "python3 -m ziglang cc -target x86_64-linux"}, programs=("python3",)
)
rule.passes("musl is meant", files=worlds.cgo_project(), env={"CC": f"{_ZIG}-musl"}, programs=("zig",))
rule.passes("gcc", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC)
rule.not_applicable("no package uses cgo", files=worlds.pure_project(), env={"CC": _ZIG}, programs=("zig",))
rule.undetermined("go is not on PATH", files=worlds.cgo_project(), programs=("!go",))
