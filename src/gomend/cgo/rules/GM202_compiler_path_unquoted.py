"""CC is a path with blanks that is not quoted.

What it finds     CC holds the path of an existing program, but go splits the value at its blanks and looks for the first piece.
Why it hurts      go build says ``C compiler "/opt/my" not found`` although /opt/my tools/gcc is there.
Example           ``CC=/opt/my tools/gcc``.
After the fix     The path stands in quotes inside the value: ``CC='/opt/my tools/gcc'``.
Fix safety        Safe: only the value's quoting changes, in ``go env -w`` or in the target's env file.
How it is proved  go's own splitting of the new value gives the path of the program that exists.
References        cmd/internal/quoted; go.dev/doc/go1.18 (quoted CC).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, quoting, worlds
from gomend.cgo.facts.compilers import Compilers
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM202",
    "compiler-path-unquoted",
    severity=Severity.ERROR,
    since="0.1",
    title="CC has a path with blanks that is not quoted: {path}",
    message="go splits CC at blanks and looks for {piece}; the compiler is {path}. Quote the path inside the value.",
    doc=__doc__,
    explains=("GM250", "GM260"),
    proved_by=("GM260",),
)


@rule.check
def check(targets: Targets, packages: CgoPackages, compilers: Compilers) -> Iterator[Finding]:
    seen = set()
    for target in targets.items:
        compiler = compilers.of(target)
        if compiler and compiler.unquoted and target.cgo and packages.of(target) and compiler.value not in seen:
            seen.add(compiler.value)
            yield rule.finding(
                Subject(kind="setting", name="CC"),
                key=target.name,
                evidence=[*target.evidence("CC"), Evidence(source="file", quote=f"{compiler.unquoted} exists and can be run")],
                path=compiler.unquoted,
                piece=compiler.program,
            )


@rule.fix("Write CC={value}", safety=Safety.SAFE)
def quote(finding: Finding, targets: Targets, compilers: Compilers, env: GoEnv) -> Mend | None:
    del finding
    target = next(t for t in targets.items if (c := compilers.of(t)) and c.unquoted)
    compiler = compilers.of(target)
    if compiler is None or compiler.unquoted is None:
        return None
    rest = quoting.words(compiler.value[len(compiler.unquoted) :])
    value = quoting.join((compiler.unquoted, *rest))
    parameters = {"value": value}
    if target.origin("CC") == target.file_name:
        return Mend(steps=(target.write({"CC": value}),), parameters=parameters)
    if not env.settable("CC"):
        return Mend(hints=(mending.plain("CC", value),), parameters=parameters)
    return Mend(steps=(env.set("CC", value),), parameters=parameters)


_GCC = "/opt/my tools/gcc"
_MACHINE = worlds.machine(f"'{_GCC}'", "x86_64-linux-gnu")

rule.catches(
    "written by go env -w", subject="CC", files=worlds.cgo_project(), goenv={"CC": _GCC}, programs=(_GCC,), commands=_MACHINE
)
rule.catches("exported", files=worlds.cgo_project(), env={"CC": f"{_GCC} -m64"}, programs=(_GCC,))
rule.passes("quoted", files=worlds.cgo_project(), goenv={"CC": f"'{_GCC}'"}, programs=(_GCC,), commands=_MACHINE)
rule.passes("a compiler with an option", files=worlds.cgo_project(), env={"CC": "gcc -m64"}, programs=("gcc",))
rule.not_applicable("no package uses cgo", files=worlds.pure_project(), env={"CC": _GCC}, programs=(_GCC,))
rule.undetermined("go is not on PATH", files=worlds.cgo_project(), env={"CC": _GCC}, programs=("!go", _GCC))
