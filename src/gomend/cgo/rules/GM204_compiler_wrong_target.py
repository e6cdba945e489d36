"""The C compiler makes code for another machine than the target.

What it finds     cgo is on for a target, and what CC answers to ``-dumpmachine`` is not the target's system and CPU.
Why it hurts      The compiler refuses go's options (``-marm``, ``-arch``), the assembler does not know the instructions, or the linker meets foreign files.
Example           ``GOOS=linux GOARCH=arm64 CGO_ENABLED=1 go build`` with CC=gcc on an x86-64 machine.
After the fix     The target has its own file .gomend/env/linux_arm64.env with a CC that serves it; ``go env -w CC`` would break every other build.
Fix safety        Safe: one new file in the project, which nothing reads unasked; undo removes it.
How it is proved  The target's CC names the target's machine; a deep check builds the project with it and reads the CPU from the result.
References        pkg.go.dev/cmd/cgo (cross compiling); cmd/go/internal/work, Builder.gccArchArgs.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.compilers import CompilerOffers, Compilers
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.pkgconfig import PkgConfig
from gomend.cgo.facts.targets import Targets
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM204",
    "compiler-wrong-target",
    severity=Severity.ERROR,
    since="0.1",
    title="{value} makes code for {machine}, not for {target}",
    message="The build for {target} compiles C with CC={value}, which says that it makes code for {machine}.",
    doc=__doc__,
    explains=("GM251", "GM260", "GM267", "GM279"),
    proved_by=("GM260",),
)


@rule.check
def check(targets: Targets, packages: CgoPackages, compilers: Compilers) -> Iterator[Finding]:
    served = {
        t["CC"]
        for t in targets.items
        if t.declared and (c := compilers.of(t)) and c.machine and c.machine.fits(t.goos, t.goarch)
    }
    for target in targets.items:
        compiler = compilers.of(target)
        if not target.cgo or not packages.of(target) or compiler is None or compiler.machine is None:
            continue
        if compiler.machine.fits(target.goos, target.goarch):
            continue
        if not target.declared and target["CC"] in served:
            continue  # the environment is set up for a declared target; nobody builds for this machine in it
        yield rule.finding(
            Subject(kind="target", name=target.name),
            evidence=[compiler.evidence(), *target.evidence("CC", "GOOS", "GOARCH", "CGO_ENABLED")],
            value=compiler.value,
            machine=compiler.machine.triple,
            target=target.name,
        )


@rule.fix("Compile C for {target} with {compiler} ({where})", safety=Safety.SAFE)
def use_one_that_fits(
    finding: Finding,
    targets: Targets,
    offers: CompilerOffers,
    env: GoEnv,
    pkg: PkgConfig | Absent | Unknown,
    flags: BuildFlags | Absent | Unknown,
) -> Mend | None:
    target = next(t for t in targets.items if t.name == finding.subject.name)
    answers = pkg.by_target.get(target.name) if isinstance(pkg, PkgConfig) else None
    return mending.use(target, offers.of(target), env, answers, flags=flags)


_BOTH = {**worlds.GCC, **worlds.ARM}

rule.catches(
    "gcc for a declared arm64",
    subject="linux/arm64",
    files=worlds.cgo_project(),
    env={"CGO_ENABLED": "1"},
    targets=("linux/arm64",),
    programs=("gcc", "aarch64-linux-gnu-gcc"),
    commands=_BOTH,
)
rule.catches(
    "GOARCH is exported, nothing else is installed",
    files=worlds.cgo_project(),
    env={"GOARCH": "arm64"},
    programs=("gcc",),
    commands=worlds.GCC,
)
rule.catches(
    "zig can do it",
    files=worlds.cgo_project(),
    env={"GOARCH": "arm64"},
    programs=("gcc", "zig"),
    commands={
        **worlds.GCC,
        "zig version": worlds.say("0.15.1"),
        "zig cc -target aarch64-linux-musl -dumpmachine": worlds.say("aarch64-unknown-linux-musl"),
    },
)
rule.catches(
    "go env -w CC breaks the builds for this machine",
    subject="linux/amd64",
    files=worlds.cgo_project(),
    goenv={"CC": "aarch64-linux-gnu-gcc"},
    programs=("gcc", "aarch64-linux-gnu-gcc"),
    commands=_BOTH,
)
rule.catches("Linux gcc for macOS", files=worlds.cgo_project(), env={"GOOS": "darwin"}, programs=("gcc",), commands=worlds.GCC)
rule.passes("gcc for this machine", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC)
rule.passes(
    "gcc also makes 386 code",
    files=worlds.cgo_project(),
    env={"GOARCH": "386"},
    programs=("gcc",),
    commands=worlds.GCC,
)
rule.passes(
    "the environment is set up for the one declared target",
    files=worlds.cgo_project(),
    env={"CC": "aarch64-linux-gnu-gcc"},
    targets=("linux/arm64",),
    programs=("gcc", "aarch64-linux-gnu-gcc"),
    commands=_BOTH,
)
rule.not_applicable("no package uses cgo", files=worlds.pure_project(), env={"GOARCH": "arm64"})
rule.undetermined("go is not on PATH", files=worlds.cgo_project(), programs=("!go",))
