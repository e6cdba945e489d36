"""A launch configuration says noDebug.

What it finds     A Go configuration in launch.json with ``"noDebug": true``.
Why it hurts      Delve then only runs the program: it takes no breakpoints at all, and the editor leaves them grey without a message.
Example           ``"noDebug": true``, left over from a try.
After the fix     ``noDebug`` is false; "Run Without Debugging" of the editor still works.
Fix safety        Safe: one value of launch.json changes.
How it is proved  The configuration is read again; with ``--deep`` a real dlv must bind the breakpoint.
References        Delve service/dap/types.go (NoDebug); Debug Adapter Protocol (launch).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.facts.launch import LaunchConfigs
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM315",
    "no-debug",
    severity=Severity.WARNING,
    since="0.1",
    title="{config} runs without debugging",
    message="noDebug is true in {config}: no breakpoint can bind.",
    doc=__doc__,
)


@rule.check
def check(configs: LaunchConfigs) -> Iterator[Finding]:
    for config in configs.configs:
        if config.no_debug and config.request == "launch":
            yield rule.finding(config.subject(), evidence=[config.evidence("noDebug")], config=config.name)


@rule.fix("Set noDebug to false in {config}", safety=Safety.SAFE)
def debug(finding: Finding, configs: LaunchConfigs) -> Mend | None:
    for config in configs.configs:
        if config.subject() == finding.subject:
            edits = config.document().set((*config.at, "noDebug"), False)
            return Mend(steps=(config.edit(edits),), parameters={"config": config.name})
    return None


_LAUNCH = """{"configurations": [
  {"name": "app", "type": "%s", "request": "launch", "program": ".", "noDebug": %s /* why? */}
]}
"""
rule.catches("true", subject="app", files={".vscode/launch.json": _LAUNCH % ("go", "true")})
rule.passes("false", files={".vscode/launch.json": _LAUNCH % ("go", "false")})
rule.not_applicable("another language", files={".vscode/launch.json": _LAUNCH % ("node", "true")})
rule.undetermined("launch.json is broken", files={".vscode/launch.json": "{"})
