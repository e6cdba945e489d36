"""The installed Go is older than the project asks for, and may not fetch a newer one.

What it finds     The ``go`` line of go.mod or go.work is newer than the Go that would run, and GOTOOLCHAIN (or a Go before 1.21) forbids to switch.
Why it hurts      From Go 1.21 on the line is a minimum: every go command in the project stops.
Example           ``go 1.99.0`` in go.mod, Go 1.26 in the image, GOTOOLCHAIN=local.
After the fix     GOTOOLCHAIN=auto lets go fetch the version, or a newer Go is installed.
Fix safety        Safe: one entry of ``go env -w`` changes; go then fetches the newer toolchain through GOPROXY.
How it is proved  The facts are collected again and the rule is silent.
References        go.dev/doc/toolchain; cmd/go, toolchain.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.env import GoEnv, GoTool
from gomend.golang.facts.project import GoMod, GoWork, TextFile
from gomend.golang.modfile import Line
from gomend.golang.version import older
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM002",
    "go-too-old",
    severity=Severity.ERROR,
    since="0.1",
    title="{file} asks for Go {wanted}, but {running} would run",
    message=("{file} needs at least Go {wanted}; {running} may not switch to a newer toolchain."),
    doc=__doc__,
    explains=("GM182",),
)


@rule.check
def check(tool: GoTool, env: GoEnv, mod: GoMod, work: GoWork | Absent | Unknown) -> Iterator[Finding]:
    running = _running(tool, env["GOTOOLCHAIN"])
    for file, line in _wanted(mod, work):
        if running and older(running, f"go{line.value}"):
            # Before Go 1.21 the line was only a hint, unless it has the form that old versions cannot read.
            soft = older(running, "go1.21") and line.value.count(".") < 2
            yield rule.finding(
                Subject(kind="file", name=file.name, path=file.name, line=line.line),
                evidence=[file.evidence(line.line), tool.evidence(), *env.evidence("GOTOOLCHAIN")],
                severity=Severity.WARNING if soft else None,
                wanted=line.value,
                running=running,
                file=file.name,
            )


@rule.fix("Let go fetch newer toolchains", safety=Safety.SAFE)
def allow_newer(finding: Finding, tool: GoTool, env: GoEnv) -> Mend | None:
    del finding
    if older(tool.version, "go1.21"):
        return Mend(hints=("Install a newer Go as go.dev/doc/install says",))
    if env.settable("GOTOOLCHAIN"):
        return Mend(steps=(env.set("GOTOOLCHAIN", "auto"),))
    return Mend(hints=("export GOTOOLCHAIN=auto",))


def _wanted(mod: GoMod, work: GoWork | Absent | Unknown) -> list[tuple[TextFile, Line]]:
    lines = [(mod.file, mod.mod.go)] + ([(work.file, work.work.go)] if isinstance(work, GoWork) else [])
    return [(file, line) for file, line in lines if line]


def _running(tool: GoTool, setting: str) -> str:
    """The version that would run, empty if go may fetch a newer one."""
    name = setting.partition("+")[0]
    if older(tool.version, "go1.21"):
        return tool.version
    if setting == "local":
        return tool.version
    return name if name.startswith("go") and "+" not in setting else ""


_MOD = "module example.com/shop\n\ngo 1.99.0\n"

rule.catches("forced local", subject="go.mod", files={"go.mod": _MOD}, goenv={"GOTOOLCHAIN": "local"})
rule.catches("in the environment", files={"go.mod": _MOD}, env={"GOTOOLCHAIN": "local"})
rule.catches(
    "a fixed older version", files={"go.mod": "module example.com/shop\n\ngo 1.25.0\n"}, goenv={"GOTOOLCHAIN": "go1.24.1"}
)
rule.catches(
    "before switching was known", files={"go.mod": "module example.com/shop\n\ngo 1.22.0\n"}, go={"GOVERSION": "go1.20.14"}
)
rule.passes("go may switch", files={"go.mod": _MOD}, goenv={"GOTOOLCHAIN": "auto"})
rule.passes("new enough", files={"go.mod": "module example.com/shop\n\ngo 1.22\n"}, goenv={"GOTOOLCHAIN": "local"})
rule.passes("a newer one is named", files={"go.mod": _MOD}, goenv={"GOTOOLCHAIN": "go1.99.1"})
rule.not_applicable("there is no go.mod")
rule.undetermined("go is not on PATH", files={"go.mod": _MOD}, programs=("!go",))
