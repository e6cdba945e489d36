"""A Windows path among the rules makes Delve lower-case every mapped path.

What it finds     ``substitutePath`` holds a rule with a Windows path (a drive letter such as ``C:/``, or a UNC share) next to a rule for this workspace.
Why it hurts      One Windows-looking rule switches Delve to matching without regard to case, and it lower-cases the rest of each path that it maps: ``internal/Calc/MyCalc.go`` becomes ``internal/calc/mycalc.go`` and is not found.
Example           A shared launch.json with one rule per colleague: ``C:/src/app`` → ``/app`` and the workspace folder → ``/app``.
After the fix     The rule for Windows stands in a configuration of its own, or in that colleague's user settings.
Fix safety        A person decides: the rule may be needed by a colleague.
How it is proved  No rule of the configuration looks like a Windows path any more.
References        Delve pkg/locspec/locations.go (SubstitutePath: caseInsensitive).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug import paths
from gomend.debug.facts.launch import LaunchConfigs
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM308",
    "dlv-lowercases-windows-rule",
    severity=Severity.WARNING,
    since="0.1",
    title="A Windows path in substitutePath of {config} lower-cases every mapped path",
    message="Because of the rule for {windows}, files below {folder} whose names have capital letters get no breakpoints.",
    doc=__doc__,
    explains=("GM350", "GM360"),
)


@rule.check
def check(configs: LaunchConfigs) -> Iterator[Finding]:
    for config in configs.configs:
        windows = [r for r in config.rules if paths.is_windows(r.editor) or paths.is_windows(r.recorded)]
        plain = [r for r in config.rules if r not in windows]
        probe = "/Gomend/Probe.go"
        hurt = [
            r
            for r in plain
            if r.editor.startswith("/")
            and paths.substitute(r.editor + probe, config.mapping)
            != paths.substitute(r.editor + probe, tuple(p.pair for p in plain))
        ]
        if windows and hurt:
            yield rule.finding(
                config.subject(windows[0].line),
                evidence=[config.file.evidence(windows[0].line), config.file.evidence(hurt[0].line)],
                config=config.name,
                windows=windows[0].written_from,
                folder=hurt[0].written_from,
            )


@rule.fix("Move the Windows rule out of this configuration", safety=Safety.MANUAL)
def move(finding: Finding) -> Mend:
    return Mend(hints=(f"{finding.subject.path}:{finding.subject.line}: move this rule to a configuration for Windows",))


_LAUNCH = """{"configurations": [{
  "name": "remote", "type": "go", "request": "attach", "mode": "remote",
  "substitutePath": [
    {"from": "%s", "to": "/app"},
    {"from": "${workspaceFolder}", "to": "/app"}
  ]}]}
"""
rule.catches("a rule for each colleague", subject="remote", files={".vscode/launch.json": _LAUNCH % r"C:\\src\\app"})
rule.passes("only POSIX paths", files={".vscode/launch.json": _LAUNCH % "/Users/dev/app"})
rule.passes(
    "only Windows paths",
    files={".vscode/launch.json": (_LAUNCH % r"C:\\src\\app").replace("${workspaceFolder}", r"D:\\app")},
)
rule.not_applicable("no launch configuration")
rule.undetermined("launch.json is broken", files={".vscode/launch.json": "{,}"})
