"""A build flag needs cgo, and cgo is off.

What it finds     The command or GOFLAGS asks for ``-race``, ``-msan``, ``-asan``, external linking or a build mode such as c-shared, and CGO_ENABLED is 0.
Why it hurts      go refuses: ``-race requires cgo``, ``-linkmode requires external (cgo) linking, but cgo is not enabled``.
Example           ``CGO_ENABLED=0 go build -ldflags '-linkmode external'``.
After the fix     CGO_ENABLED is 1 for that build, or the flag is gone.
Fix safety        Unsafe: cgo changes what is linked, so a person decides between the two.
How it is proved  go env says CGO_ENABLED=1 while the flag is still given.
References        cmd/go/internal/work, instrumentInit and buildModeInit; cmd/link/internal/ld, mustLinkExternal.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.targets import Targets
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_MODES = frozenset({"c-archive", "c-shared", "plugin", "shared"})

rule = Rule(
    "GM209",
    "feature-needs-cgo",
    severity=Severity.ERROR,
    since="0.1",
    title="{flag} needs cgo, which is off",
    message="{flag} cannot be done without cgo, and CGO_ENABLED is 0 ({where}).",
    doc=__doc__,
    explains=("GM263",),
)


@rule.check
def check(flags: BuildFlags, targets: Targets) -> Iterator[Finding]:
    target = targets.current
    said = flags.variables.get("CGO_ENABLED", "")
    if (said or target["CGO_ENABLED"]) != "0":
        return
    wanted = [n for n in ("race", "msan", "asan") if flags[n] == "true"]
    if "race" in wanted and target.goos == "darwin":
        wanted.remove("race")
    if flags["buildmode"] in _MODES:
        wanted.append("buildmode")
    if flags.external:
        wanted.append("ldflags")
    for name in wanted:
        shown = {"buildmode": f"-buildmode={flags['buildmode']}", "ldflags": "-linkmode=external"}.get(name, f"-{name}")
        yield rule.finding(
            Subject(kind="flag", name=shown),
            evidence=[flags.evidence(name), *target.evidence("CGO_ENABLED")],
            flag=shown,
            where="argv" if said else target.origin("CGO_ENABLED"),
        )


@rule.fix("Switch cgo on ({where})", safety=Safety.UNSAFE)
def switch_on(finding: Finding, flags: BuildFlags, targets: Targets, env: GoEnv) -> Mend | None:
    del finding
    target = targets.current
    parameters = {"where": target.origin("CGO_ENABLED")}
    if "CGO_ENABLED" in flags.variables or not env.settable("CGO_ENABLED") or env.origin("CGO_ENABLED") == "default":
        return Mend(hints=flags.again(variables={"CGO_ENABLED": "1"}), parameters=parameters)
    if target.origin("CGO_ENABLED") == target.file_name:
        return Mend(steps=(target.write({"CGO_ENABLED": "1"}),), parameters=parameters)
    return Mend(steps=(env.set("CGO_ENABLED", "1"),), parameters=parameters)


_OFF = {"CGO_ENABLED": "0"}

rule.catches("race", subject="-race", files=worlds.pure_project(), env=_OFF, goenv={"GOFLAGS": "-race"})
rule.catches("external linking", files=worlds.pure_project(), goenv={**_OFF, "GOFLAGS": "-ldflags=-linkmode=external"})
rule.catches("a C library", files=worlds.pure_project(), env=_OFF, goenv={"GOFLAGS": "-buildmode=c-shared"})
rule.passes("cgo is on", files=worlds.pure_project(), goenv={"GOFLAGS": "-race"})
rule.passes("a flag that needs nothing", files=worlds.pure_project(), env=_OFF, goenv={"GOFLAGS": "-trimpath"})
rule.not_applicable("no flags are known", files=worlds.pure_project(), env=_OFF)
rule.undetermined("go is not on PATH", files=worlds.pure_project(), env=_OFF, programs=("!go",))
