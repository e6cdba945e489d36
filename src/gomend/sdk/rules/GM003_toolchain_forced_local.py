"""GOTOOLCHAIN=local makes go pass over the project's toolchain line.

What it finds     go.mod suggests a newer toolchain, and GOTOOLCHAIN=local was set by hand (many images set it).
Why it hurts      Builds here and elsewhere use different Go versions, and nothing says so.
Example           ``toolchain go1.99.1`` in go.mod, ``ENV GOTOOLCHAIN=local`` in the image.
After the fix     GOTOOLCHAIN=auto, or the toolchain line names the version in use.
Fix safety        Safe: one entry of ``go env -w`` changes, and undo brings the old file back.
How it is proved  The facts are collected again and the rule is silent.
References        go.dev/doc/toolchain.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.env import GoEnv, GoTool
from gomend.golang.facts.project import GoMod
from gomend.golang.version import older
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM003",
    "toolchain-forced-local",
    severity=Severity.WARNING,
    since="0.1",
    title="toolchain {wanted} is passed over; {running} runs",
    message=("go.mod suggests {wanted}, but GOTOOLCHAIN=local keeps {running}."),
    doc=__doc__,
)


@rule.check
def check(tool: GoTool, env: GoEnv, mod: GoMod) -> Iterator[Finding]:
    line = mod.mod.toolchain
    asked = env.origin("GOTOOLCHAIN") in {"environment", "go env -w"}
    stops = mod.mod.go is not None and older(tool.version, f"go{mod.mod.go.value}")
    if line and asked and not stops and env["GOTOOLCHAIN"] == "local" and older(tool.version, line.value):
        yield rule.finding(
            Subject(kind="file", name=mod.file.name, path=mod.file.name, line=line.line),
            evidence=[mod.file.evidence(line.line), tool.evidence(), *env.evidence("GOTOOLCHAIN")],
            wanted=line.value,
            running=tool.version,
        )


@rule.fix("Let go follow the toolchain line", safety=Safety.SAFE)
def allow_newer(finding: Finding, env: GoEnv) -> Mend | None:
    del finding
    if env.settable("GOTOOLCHAIN"):
        return Mend(steps=(env.set("GOTOOLCHAIN", "auto"),))
    return Mend(hints=("export GOTOOLCHAIN=auto",))


_MOD = "module example.com/shop\n\ngo 1.22\n\ntoolchain go1.99.1\n"

rule.catches("set with go env -w", subject="go.mod", files={"go.mod": _MOD}, goenv={"GOTOOLCHAIN": "local"})
rule.catches("in the image", files={"go.mod": _MOD}, env={"GOTOOLCHAIN": "local"})
rule.passes("go may switch", files={"go.mod": _MOD})
rule.passes("no toolchain line", files={"go.mod": "module example.com/shop\n\ngo 1.22\n"}, goenv={"GOTOOLCHAIN": "local"})
rule.not_applicable("there is no go.mod")
rule.undetermined("go is not on PATH", files={"go.mod": _MOD}, programs=("!go",))
