"""GOFLAGS has -mod=mod while a go.work is in force.

What it finds     A go.work file is in force and GOFLAGS sets ``-mod=mod``.
Why it hurts      go refuses every build: ``-mod may only be set to readonly or vendor when in workspace mode``.
Example           ``go env -w GOFLAGS=-mod=mod`` from an old guide, then ``go work init``
After the fix     GOFLAGS is without ``-mod=mod``.
Fix safety        Safe: one entry of ``go env -w`` changes, and undo brings the old file back.
How it is proved  The facts are collected again and the rule is silent.
References        go.dev/ref/mod#workspaces; cmd/go, modload, setDefaultBuildMod.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.env import GoEnv
from gomend.golang.facts.project import GoWork
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM117",
    "go-work",
    severity=Severity.ERROR,
    since="0.1",
    title="GOFLAGS=-mod=mod does not go with {file}",
    message=("{file} puts go into workspace mode, where -mod=mod in GOFLAGS stops every build."),
    doc=__doc__,
    explains=("GM194",),
)


@rule.check
def check(work: GoWork, env: GoEnv) -> Iterator[Finding]:
    if _flag(env["GOFLAGS"]):
        yield rule.finding(
            Subject(kind="setting", name="GOFLAGS"),
            evidence=[*env.evidence("GOFLAGS"), work.file.evidence(work.work.uses[0].line if work.work.uses else 1)],
            file=work.file.name,
        )


@rule.fix("Take -mod=mod out of GOFLAGS", safety=Safety.SAFE)
def drop_flag(finding: Finding, env: GoEnv) -> Mend | None:
    del finding
    value = " ".join(f for f in env["GOFLAGS"].split() if f != _flag(env["GOFLAGS"]))
    if env.settable("GOFLAGS"):
        return Mend(steps=(env.set("GOFLAGS", value),))
    return Mend(hints=(f"export GOFLAGS='{value}'",))


def _flag(flags: str) -> str:
    return next((f for f in flags.split() if f in {"-mod=mod", "--mod=mod"}), "")


_WORK = "go 1.22\n\nuse .\n"

rule.catches("set with go env -w", subject="GOFLAGS", files={"go.work": _WORK}, goenv={"GOFLAGS": "-mod=mod"})
rule.catches("beside other flags", files={"go.work": _WORK}, goenv={"GOFLAGS": "-trimpath -mod=mod"})
rule.catches("in the environment", files={"go.work": _WORK}, env={"GOFLAGS": "-mod=mod"})
rule.passes("readonly", files={"go.work": _WORK}, goenv={"GOFLAGS": "-mod=readonly"})
rule.passes("no flags", files={"go.work": _WORK})
rule.not_applicable("there is no go.work")
rule.undetermined("go is not on PATH", files={"go.work": "go 1.22\n\nuse .\n"}, programs=("!go",))
