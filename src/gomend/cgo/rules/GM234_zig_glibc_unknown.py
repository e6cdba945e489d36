"""A zig target names a glibc version that this zig does not know.

What it finds     CC is ``zig cc -target CPU-linux-gnu.X.Y``, and X.Y is newer than the newest version in ``zig targets``.
Why it hurts      zig takes the newest that it knows and only warns; go hides the warning, so the program is not linked against what was asked for.
Example           ``CC='zig cc -target x86_64-linux-gnu.2.99'``.
After the fix     The target names a version that zig knows, or zig is newer.
Fix safety        Safe: only the version in CC changes; a value from the environment is only said.
How it is proved  ``zig targets`` lists the version that CC names.
References        ziglang.org/documentation/master (zig cc, targets).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.binary.elf import version_key
from gomend.cgo import mending, worlds
from gomend.cgo.facts.compilers import Compilers
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Reply, Rule

rule = Rule(
    "GM234",
    "zig-glibc-unknown",
    severity=Severity.WARNING,
    since="0.1",
    title="zig does not know glibc {version}; it takes {newest}",
    message="CC={value} asks for glibc {version}, and the newest that this zig knows is {newest}: it silently takes that one.",
    doc=__doc__,
)


@rule.check
def check(targets: Targets, packages: CgoPackages, compilers: Compilers) -> Iterator[Finding]:
    for target in targets.items:
        compiler = compilers.of(target)
        if not target.cgo or not packages.of(target) or compiler is None or not compiler.glibc_newest:
            continue
        if version_key(compiler.glibc) > version_key(compiler.glibc_newest):
            yield rule.finding(
                Subject(kind="target", name=target.name),
                evidence=[
                    *target.evidence("CC"),
                    Evidence(source="zig targets", quote=f"newest glibc: {compiler.glibc_newest}"),
                ],
                version=compiler.glibc,
                newest=compiler.glibc_newest,
                value=compiler.value,
            )


@rule.fix("Ask for glibc {newest}", safety=Safety.SAFE)
def ask(finding: Finding, targets: Targets, compilers: Compilers, env: GoEnv) -> Mend | None:
    target = next(t for t in targets.items if t.name == finding.subject.name)
    compiler = compilers.of(target)
    if compiler is None:
        return None
    value = compiler.value.replace(f".{compiler.glibc}", f".{compiler.glibc_newest}")
    parameters = {"newest": compiler.glibc_newest}
    if target.origin("CC") == target.file_name:
        return Mend(steps=(target.write({"CC": value}),), parameters=parameters)
    if not env.settable("CC"):
        return Mend(hints=(mending.plain("CC", value),), parameters=parameters)
    return Mend(steps=(env.set("CC", value),), parameters=parameters)


_ZIG = "zig cc -target x86_64-linux-gnu"
_TARGETS = {
    "zig targets": Reply(stdout='.{\n    .glibc = .{\n        "2.0.0",\n        "2.41.0",\n        "2.43.0",\n    },\n}\n')
}
_NEW = {**_TARGETS, f"{_ZIG}.2.99 -dumpmachine": worlds.say("x86_64-unknown-linux-gnu.2.99")}
_OLD = {**_TARGETS, f"{_ZIG}.2.28 -dumpmachine": worlds.say("x86_64-unknown-linux-gnu.2.28")}
_LAST = {f"{_ZIG}.2.43 -dumpmachine": worlds.say("x86_64-unknown-linux-gnu.2.43")}

rule.catches(
    "too new",
    subject="linux/amd64",
    files=worlds.cgo_project(),
    goenv={"CC": f"{_ZIG}.2.99"},
    programs=("zig",),
    commands={**_NEW, **_LAST},
)
rule.catches("exported", files=worlds.cgo_project(), env={"CC": f"{_ZIG}.2.99"}, programs=("zig",), commands=_NEW)
rule.passes("a known one", files=worlds.cgo_project(), goenv={"CC": f"{_ZIG}.2.28"}, programs=("zig",), commands=_OLD)
rule.passes("gcc", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC)
rule.not_applicable("no package uses cgo", files=worlds.pure_project(), goenv={"CC": f"{_ZIG}.2.99"}, programs=("zig",))
rule.undetermined("go is not on PATH", files=worlds.cgo_project(), programs=("!go",))
