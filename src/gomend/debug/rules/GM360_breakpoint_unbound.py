"""A breakpoint at the program's first statement does not bind in a real dlv.

What it finds     For every launch configuration in mode debug, test or exec, ``gomend check --deep`` starts the dlv on PATH, launches the program stopped at its entry and asks for a breakpoint at the first statement of ``func main`` (or of a test).
Why it hurts      If even that line does not bind, no breakpoint of that package will.
Example           dlv answers ``"verified": false, "message": "could not find file /home/dev/app/main.go"``.
After the fix     dlv answers ``"verified": true``. The finding that names the cause has the fix.
Fix safety        No change of its own.
How it is proved  The same conversation with a fresh dlv.
References        Debug Adapter Protocol (setBreakpoints); Delve service/dap.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.facts.binding import Binding, BreakpointBinding
from gomend.debug.gosource import Place
from gomend.model.base import Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Rule

rule = Rule(
    "GM360",
    "path-mismatch",
    severity=Severity.ERROR,
    since="0.1",
    title="A breakpoint of {config} does not bind",
    message="dlv does not bind {place} for {config}: {message}",
    doc=__doc__,
)


@rule.check
def check(binding: BreakpointBinding) -> Iterator[Finding]:
    for tried in binding.bindings:
        if tried.bound:
            continue
        evidence = [tried.evidence()]
        if tried.output.strip():
            evidence.append(Evidence(source="dlv dap output", quote=tried.output.strip()))
        yield rule.finding(
            Subject(kind="launch-configuration", name=tried.config, path=tried.file, line=tried.line),
            evidence=evidence,
            config=tried.config,
            place=f"{tried.place.file.rpartition('/')[2]}:{tried.place.line}",
            message=tried.message or "verified is false",
        )


def _tried(*, bound: bool, launched: bool = True, message: str = "", output: str = "") -> BreakpointBinding:
    return BreakpointBinding(
        bindings=(
            Binding(
                config="app",
                file=".vscode/launch.json",
                line=3,
                place=Place(file="/project/main.go", line=4, function="main"),
                launched=launched,
                bound=bound,
                message=message,
                output=output,
            ),
        )
    )


rule.catches(
    "another path",
    subject="app",
    facts=(
        _tried(
            bound=False,
            message="could not find file /project/main.go",
            output="Warning: debugging executable built with trimpath",
        ),
    ),
)
rule.catches("not launched", facts=(_tried(bound=False, launched=False, message="Failed to launch: not an executable file"),))
rule.passes("bound", facts=(_tried(bound=True),))
rule.not_applicable("no launch configuration")
rule.undetermined("dlv did not answer in time", without={"BreakpointBinding": Unknown(reason="dlv did not get through")})
