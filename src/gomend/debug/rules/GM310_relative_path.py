"""A path rule begins with a relative path.

What it finds     An entry of ``substitutePath`` whose ``from`` is a relative folder of the workspace, such as ``./src``.
Why it hurts      Editors send absolute paths, and Delve compares strings: the rule never matches.
Example           ``"from": "./", "to": "/app"`` in launch.json.
After the fix     ``from`` begins with the variable workspaceFolder.
Fix safety        Safe: one string of launch.json changes.
How it is proved  Every rule begins with an absolute path; with ``--deep`` a real dlv must bind the breakpoint.
References        Delve pkg/locspec/locations.go (SubstitutePath).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug import paths
from gomend.debug.facts.launch import LaunchConfig, LaunchConfigs, PathRule
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM310",
    "relative-path",
    severity=Severity.WARNING,
    since="0.1",
    title="substitutePath of {config} begins with a relative path: {path}",
    message="Editors send absolute paths, so the rule for {path} never matches.",
    doc=__doc__,
    explains=("GM301", "GM322", "GM313", "GM350", "GM360"),
    proved_by=("GM360",),
)


def _is_relative(config: LaunchConfig, entry: PathRule) -> bool:
    source = entry.editor
    reversed_rule = config.inside(paths.clean(entry.recorded)) and entry.recorded_exists
    return source != "" and not paths.is_absolute(source) and "${" not in source and not reversed_rule


@rule.check
def check(configs: LaunchConfigs) -> Iterator[Finding]:
    for config in configs.configs:
        wrong = [r for r in config.rules if _is_relative(config, r)]
        if wrong:
            yield rule.finding(
                config.subject(wrong[0].line),
                evidence=[config.file.evidence(r.line) for r in wrong],
                config=config.name,
                path=wrong[0].written_from,
            )


@rule.fix("Write {path}", safety=Safety.SAFE)
def make_absolute(finding: Finding, configs: LaunchConfigs) -> Mend | None:
    for config in configs.configs:
        wrong = [(i, r) for i, r in enumerate(config.rules) if _is_relative(config, r)]
        if not wrong or config.subject(wrong[0][1].line) != finding.subject:
            continue
        doc = config.document()
        made = [(i, config.portable(paths.join(config.workspace, r.editor))) for i, r in wrong]
        edits = tuple(e for i, path in made for e in doc.set((*config.at, "substitutePath", i, "from"), path))
        return Mend(steps=(config.edit(edits),), parameters={"path": made[0][1]})
    return None


_LAUNCH = """{"configurations": [
  {"name": "remote", "type": "go", "request": "attach", "mode": "remote",
   "substitutePath": [{"from": "%s", "to": "%s"}]}
]}
"""
rule.catches("the workspace as a dot", subject="remote", files={".vscode/launch.json": _LAUNCH % ("./", "/app")})
rule.catches("a folder", files={".vscode/launch.json": _LAUNCH % ("src", "/app/src")})
rule.passes("absolute", files={".vscode/launch.json": _LAUNCH % ("${workspaceFolder}", "/app")})
rule.passes("empty matches what is recorded relative", files={".vscode/launch.json": _LAUNCH % ("", "/app")})
rule.passes(
    "reversed is another matter", files={"go.mod": "module m\n", ".vscode/launch.json": _LAUNCH % ("m", "${workspaceFolder}")}
)
rule.not_applicable("no launch configuration")
rule.undetermined("launch.json is broken", files={".vscode/launch.json": "x"})
