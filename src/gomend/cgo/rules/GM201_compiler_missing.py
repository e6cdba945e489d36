"""The C compiler that CC names is not there.

What it finds     Packages of the project or its dependencies use cgo, cgo is on, and the first word of CC (gcc unless it was set) is no program on PATH.
Why it hurts      go build stops at runtime/cgo with ``C compiler "gcc" not found``, before it looks at the project's own code.
Example           ``CGO_ENABLED=1 go build`` in a container image without gcc.
After the fix     CC names a compiler that is on this machine: clang, ``zig cc``, or a cross gcc for another target.
Fix safety        Safe: one entry of ``go env -w`` or one file below .gomend/env changes, and undo takes it back.
How it is proved  The new CC is found and says which machine it makes code for; a deep check builds the project with it.
References        pkg.go.dev/cmd/cgo; cmd/go/internal/work, Builder.GccCmd.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.compilers import CompilerOffers, Compilers
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM201",
    "compiler-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="The C compiler {compiler} for {target} is not installed",
    message="CC is {value}, but no program {compiler} is found, and {package} uses cgo: the build for {target} stops there.",
    doc=__doc__,
    explains=("GM250", "GM260"),
    proved_by=("GM260",),
)


@rule.check
def check(targets: Targets, packages: CgoPackages, compilers: Compilers) -> Iterator[Finding]:
    for target in targets.items:
        compiler = compilers.of(target)
        used = packages.of(target)
        if not target.cgo or not used or compiler is None or not compiler.words:
            continue
        if compiler.path is None and compiler.unquoted is None:
            yield rule.finding(
                Subject(kind="target", name=target.name),
                evidence=[
                    *target.evidence("CC", "CGO_ENABLED"),
                    Evidence(source="PATH", quote=f"{compiler.program}: not found"),
                    used[0].evidence(packages.source),
                ],
                compiler=compiler.program,
                target=target.name,
                value=compiler.value,
                package=used[0].path,
            )


@rule.fix("Compile C for {target} with {compiler} ({where})", safety=Safety.SAFE)
def use_another(
    finding: Finding, targets: Targets, offers: CompilerOffers, env: GoEnv, flags: BuildFlags | Absent | Unknown
) -> Mend | None:
    target = next(t for t in targets.items if t.name == finding.subject.name)
    return mending.use(target, offers.of(target), env, flags=flags)


rule.catches("nothing is installed", subject="linux/amd64", files=worlds.cgo_project())
rule.catches(
    "clang is there",
    files=worlds.cgo_project(),
    programs=("clang",),
    commands=worlds.machine("clang", "x86_64-pc-linux-gnu"),
)
rule.catches(
    "go env -w names a compiler that is gone, gcc is there",
    files=worlds.cgo_project(),
    goenv={"CC": "/opt/gone/bin/gcc"},
    programs=("gcc",),
    commands=worlds.GCC,
)
rule.catches(
    "the cross compiler has another name",
    files=worlds.cgo_project(),
    targets=("linux/arm64",),
    programs=("gcc", "aarch64-linux-gnu-gcc"),
    commands={
        **worlds.GCC,
        **worlds.ARM,
        **worlds.go_env("linux", "arm64", CC="aarch64-none-linux-gnu-gcc", CGO_ENABLED="1"),
    },
    subject="linux/arm64",
)
rule.passes("gcc is there", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC)
rule.passes("cgo is off", files=worlds.cgo_project(), env={"CGO_ENABLED": "0"})
rule.not_applicable("no package uses cgo", files=worlds.pure_project())
rule.undetermined("go is not on PATH", files=worlds.cgo_project(), programs=("!go",))
