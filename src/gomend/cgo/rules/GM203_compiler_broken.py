"""CC names a program that does not answer like a C compiler.

What it finds     The program of CC exists, but ``-dumpmachine``, which gcc, clang and zig cc all answer, fails or prints no machine.
Why it hurts      cgo runs it, gets nothing back, and go build ends with ``cgo: exit status 2`` and no word of why.
Example           ``CC=/bin/false``, a wrapper script that lost its compiler, a gcc whose cc1 was removed.
After the fix     CC names a compiler that answers.
Fix safety        Safe: one entry of ``go env -w`` or one file below .gomend/env changes.
How it is proved  The new compiler is asked the same question and names its machine.
References        gcc.gnu.org/onlinedocs/gcc/Developer-Options.html; pkg.go.dev/cmd/cgo.
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
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Reply, Rule

rule = Rule(
    "GM203",
    "compiler-broken",
    severity=Severity.ERROR,
    since="0.1",
    title="{value} does not answer like a C compiler",
    message="CC={value} was started with -dumpmachine and did not name a machine ({problem}); cgo cannot compile {package} with it.",
    doc=__doc__,
    explains=("GM250", "GM251", "GM260", "GM282"),
    proved_by=("GM260",),
)


@rule.check
def check(targets: Targets, packages: CgoPackages, compilers: Compilers) -> Iterator[Finding]:
    for target in targets.items:
        compiler = compilers.of(target)
        used = packages.of(target)
        if target.cgo and used and compiler and compiler.path and compiler.problem:
            yield rule.finding(
                Subject(kind="target", name=target.name),
                evidence=[compiler.evidence(), *target.evidence("CC")],
                value=compiler.value,
                problem=compiler.problem,
                package=used[0].path,
            )


@rule.fix("Compile C for {target} with {compiler} ({where})", safety=Safety.SAFE)
def use_another(
    finding: Finding, targets: Targets, offers: CompilerOffers, env: GoEnv, flags: BuildFlags | Absent | Unknown
) -> Mend | None:
    target = next(t for t in targets.items if t.name == finding.subject.name)
    return mending.use(target, offers.of(target), env, flags=flags)


_FALSE = {"/bin/false -dumpmachine": Reply(exit=1)}

rule.catches(
    "not a compiler at all",
    subject="linux/amd64",
    files=worlds.cgo_project(),
    goenv={"CC": "/bin/false"},
    programs=("/bin/false", "gcc"),
    commands={**_FALSE, **worlds.GCC},
)
rule.catches("exported", files=worlds.cgo_project(), env={"CC": "/bin/false"}, programs=("/bin/false",), commands=_FALSE)
rule.catches(
    "prints something else",
    files=worlds.cgo_project(),
    env={"CC": "wrap"},
    programs=("wrap",),
    commands={"wrap -dumpmachine": Reply(stdout="usage: wrap FILE\n")},
)
rule.passes("gcc", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC)
rule.passes(
    "a machine that gomend does not know",
    files=worlds.cgo_project(),
    programs=("gcc",),
    commands=worlds.machine("gcc", "powerpc-ibm-aix7.2.0.0"),
)
rule.not_applicable("no package uses cgo", files=worlds.pure_project(), env={"CC": "/bin/false"}, programs=("/bin/false",))
rule.undetermined("go is not on PATH", files=worlds.cgo_project(), programs=("!go",))
