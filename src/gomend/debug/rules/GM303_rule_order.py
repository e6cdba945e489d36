"""A path rule can never match, because a shorter one before it catches its paths.

What it finds     Two entries of ``substitutePath`` where the earlier ``from`` is a parent folder of the later one and maps it elsewhere.
Why it hurts      Delve takes the first rule that matches. Files below the longer path are sent to the wrong recorded path and their breakpoints cannot bind.
Example           The rule from the workspace folder to ``/app`` stands before the one from its folder lib to ``/src/lib``.
After the fix     The rules stand longest path first.
Fix safety        Safe: entries of launch.json change places; comments between them stay where they are.
How it is proved  No rule is hidden by an earlier one; with ``--deep`` a real dlv must bind the breakpoint.
References        Delve pkg/locspec/locations.go (SubstitutePath).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug import paths
from gomend.debug.facts.launch import LaunchConfigs
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM303",
    "rule-order",
    severity=Severity.WARNING,
    since="0.1",
    title="A substitutePath rule of {config} never matches: {hidden}",
    message="Paths below {hidden} are caught by the rule for {first}, which stands before it; the first match wins.",
    doc=__doc__,
    explains=("GM350", "GM360"),
    proved_by=("GM360",),
)


@rule.check
def check(configs: LaunchConfigs) -> Iterator[Finding]:
    for config in configs.configs:
        pairs = [p for p in paths.shadowed(config.mapping) if config.mapping[p[0]][0] != config.mapping[p[1]][0]]
        if pairs:
            first, hidden = (config.rules[i] for i in pairs[0])
            yield rule.finding(
                config.subject(hidden.line),
                evidence=[config.file.evidence(first.line), config.file.evidence(hidden.line)],
                config=config.name,
                first=first.written_from,
                hidden=hidden.written_from,
            )


@rule.fix("Put the longest paths first", safety=Safety.SAFE)
def sort(finding: Finding, configs: LaunchConfigs) -> Mend | None:
    for config in configs.configs:
        if (config.name, config.file.name) != (finding.subject.name, finding.subject.path):
            continue
        listed = config.document().get(*config.at, "substitutePath")
        if not paths.shadowed(config.mapping) or listed is None or len(listed.items) != len(config.rules):
            continue
        order = sorted(range(len(config.rules)), key=lambda i: -len(config.rules[i].editor))
        edits = config.document().permute((*config.at, "substitutePath"), order)
        return Mend(steps=(config.edit(edits),))
    return None


_LAUNCH = """{
  "configurations": [
    {
      "name": "remote",
      "type": "go",
      "request": "attach",
      "mode": "remote",
      "substitutePath": [
        %s, // one
        %s
      ]
    }
  ]
}
"""
_ROOT = '{"from": "${workspaceFolder}", "to": "/app"}'
_LIB = '{"from": "${workspaceFolder}/lib", "to": "/src/lib"}'

rule.catches("the workspace before a folder of it", subject="remote", files={".vscode/launch.json": _LAUNCH % (_ROOT, _LIB)})
rule.passes("longest first", files={".vscode/launch.json": _LAUNCH % (_LIB, _ROOT)})
rule.passes(
    "the later rule says the same", files={".vscode/launch.json": _LAUNCH % (_ROOT, _LIB.replace("/src/lib", "/app/lib"))}
)
rule.passes("a name that only begins alike", files={".vscode/launch.json": _LAUNCH % (_ROOT, _LIB.replace("r}/lib", "r}-lib"))})
rule.not_applicable("no launch configuration")
rule.undetermined("launch.json is broken", files={".vscode/launch.json": "["})
