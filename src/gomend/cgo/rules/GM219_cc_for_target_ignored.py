"""A variable such as CC_FOR_linux_arm64 names the compiler, and go build does not read it.

What it finds     The environment has CC_FOR_linux_arm64, CC_arm64 or the like for a target whose own CC does not serve it, or for which cgo is off.
Why it hurts      Only Go's make.bash reads CC_FOR_…; go build uses CC, so gcc of this machine gets the other machine's assembler.
Example           ``CC_FOR_linux_arm64=aarch64-linux-gnu-gcc CGO_ENABLED=1 GOARCH=arm64 go build``.
After the fix     CC in .gomend/env/linux_arm64.env has that value.
Fix safety        Safe: one new file in the project, which nothing reads unasked.
How it is proved  The target's CC names the target's machine; a deep check builds the project with it.
References        go.dev/doc/install/source; go.dev/src/make.bash.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.compilers import CompilerOffers, Compilers, Offer
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.cgo.facts.variables import UnreadVariables
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM219",
    "cc-for-target-ignored",
    severity=Severity.ERROR,
    since="0.1",
    title="go build does not read {name}; CC for {target} is still {value}",
    message="{name} is set for {target}, but go build reads only CC, which is {value}.",
    doc=__doc__,
    explains=("GM201", "GM204", "GM205", "GM251", "GM260"),
    proved_by=("GM260",),
)


@rule.check
def check(unread: UnreadVariables, targets: Targets, packages: CgoPackages, compilers: Compilers) -> Iterator[Finding]:
    for target in targets.items:
        compiler = compilers.of(target)
        machine = compiler.machine if compiler else None
        served = target.cgo and machine is not None and machine.fits(target.goos, target.goarch)
        variable = next((v for v in unread.items if v.means(target)), None)
        if served or variable is None or not target.cross or not packages.of(target) or variable.value == target["CC"]:
            continue
        yield rule.finding(
            Subject(kind="target", name=target.name),
            evidence=[variable.evidence(), *target.evidence("CC", "CGO_ENABLED"), *([compiler.evidence()] if compiler else [])],
            name=variable.name,
            target=target.name,
            value=target["CC"],
        )


@rule.fix("Compile C for {target} with {compiler} ({where})", safety=Safety.SAFE)
def take_it(
    finding: Finding,
    unread: UnreadVariables,
    targets: Targets,
    offers: CompilerOffers,
    env: GoEnv,
    flags: BuildFlags | Absent | Unknown,
) -> Mend | None:
    target = next(t for t in targets.items if t.name == finding.subject.name)
    variable = next(v for v in unread.items if v.means(target))
    offer = Offer(kind="gcc", cc=variable.value) if variable.found else offers.of(target)
    return mending.use(target, offer, env, flags=flags)


_ENV = {"GOARCH": "arm64", "CGO_ENABLED": "1", "CC_FOR_linux_arm64": "aarch64-linux-gnu-gcc"}
_TOOLS = ("gcc", "aarch64-linux-gnu-gcc")
_BOTH = {**worlds.GCC, **worlds.ARM}

rule.catches("as for make.bash", subject="linux/arm64", files=worlds.cgo_project(), env=_ENV, programs=_TOOLS, commands=_BOTH)
rule.catches("it is not installed either", files=worlds.cgo_project(), env=_ENV, programs=("gcc",), commands=worlds.GCC)
rule.catches(
    "as for other tools",
    files=worlds.cgo_project(),
    env={"GOARCH": "arm64", "CC_arm64": "aarch64-linux-gnu-gcc"},
    programs=_TOOLS,
    commands=_BOTH,
)
rule.catches(
    "the prefix of a cross toolchain",
    files=worlds.cgo_project(),
    env={"GOARCH": "arm64", "CGO_ENABLED": "1", "CROSS_COMPILE": "aarch64-linux-gnu-"},
    programs=_TOOLS,
    commands=_BOTH,
)
rule.catches(
    "as cargo calls it",
    files=worlds.cgo_project(),
    env={"GOARCH": "arm64", "CGO_ENABLED": "1", "CC_aarch64_unknown_linux_gnu": "aarch64-linux-gnu-gcc"},
    programs=_TOOLS,
    commands=_BOTH,
)
rule.passes(
    "CC says the same",
    files=worlds.cgo_project(),
    env={**_ENV, "CC": "aarch64-linux-gnu-gcc"},
    programs=_TOOLS,
    commands=_BOTH,
)
rule.not_applicable("no such variable", files=worlds.cgo_project(), env={"GOARCH": "arm64"}, programs=_TOOLS, commands=_BOTH)
rule.not_applicable(
    "it is for a target that nobody builds",
    files=worlds.cgo_project(),
    env={"CC_FOR_linux_arm64": "aarch64-linux-gnu-gcc"},
    programs=_TOOLS,
    commands=_BOTH,
)
rule.undetermined("go is not on PATH", files=worlds.cgo_project(), env=_ENV, programs=("!go",))
