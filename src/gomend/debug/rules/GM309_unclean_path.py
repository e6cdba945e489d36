"""A path rule is written with ``..``, ``.`` or doubled slashes.

What it finds     An entry of ``substitutePath`` whose path still holds ``/../``, ``/./`` or ``//`` after VS Code's variables are filled in.
Why it hurts      Delve compares strings and cleans nothing, while the editor sends clean paths: the rule never matches.
Example           A ``from`` of the workspace folder followed by ``/../lib``.
After the fix     The clean path stands there.
Fix safety        Safe: one string of launch.json changes.
How it is proved  Every rule's paths are clean; with ``--deep`` a real dlv must bind the breakpoint.
References        Delve pkg/locspec/locations.go (SubstitutePath).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug import paths
from gomend.debug.facts.launch import LaunchConfig, LaunchConfigs
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM309",
    "unclean-path",
    severity=Severity.WARNING,
    since="0.1",
    title="A path in substitutePath of {config} is not clean: {path}",
    message="Delve compares {path} as it stands, and editors send {clean}: the rule never matches.",
    doc=__doc__,
    explains=("GM301", "GM322", "GM313", "GM350", "GM360"),
    proved_by=("GM360",),
)


def _unclean(config: LaunchConfig) -> list[tuple[int, str, str, str]]:
    """Index, key, as written and clean, of every path that is not clean (a slash at the end does no harm)."""
    found = []
    for i, r in enumerate(config.rules):
        for key, path, written in (("from", r.editor, r.written_from), ("to", r.recorded, r.written_to)):
            if path.startswith("/") and "${" not in path and paths.clean(path) != (path.rstrip("/") or "/"):
                found.append((i, key, written, config.portable(paths.clean(path))))
    return found


@rule.check
def check(configs: LaunchConfigs) -> Iterator[Finding]:
    for config in configs.configs:
        wrong = _unclean(config)
        if wrong:
            index, _, path, clean = wrong[0]
            line = config.rules[index].line
            yield rule.finding(
                config.subject(line), evidence=[config.file.evidence(line)], config=config.name, path=path, clean=clean
            )


@rule.fix("Write {clean}", safety=Safety.SAFE)
def clean_path(finding: Finding, configs: LaunchConfigs) -> Mend | None:
    for config in configs.configs:
        wrong = _unclean(config)
        if not wrong or config.subject(config.rules[wrong[0][0]].line) != finding.subject:
            continue
        doc = config.document()
        at = (*config.at, "substitutePath")
        edits = tuple(e for index, key, _, clean in wrong for e in doc.set((*at, index, key), clean))
        return Mend(steps=(config.edit(edits),), parameters={"clean": wrong[0][3]})
    return None


_LAUNCH = """{"configurations": [
  {"name": "remote", "type": "go", "request": "attach", "mode": "remote",
   "substitutePath": [{"from": "%s", "to": "%s"}]}
]}
"""
rule.catches(
    "a parent folder", subject="remote", files={".vscode/launch.json": _LAUNCH % ("${workspaceFolder}/../lib", "/src/lib")}
)
rule.catches("both sides", files={".vscode/launch.json": _LAUNCH % ("${workspaceFolder}/./app", "/src//app")})
rule.passes("clean, with a slash at the end", files={".vscode/launch.json": _LAUNCH % ("${workspaceFolder}/", "/src/")})
rule.passes("a module path", files={".vscode/launch.json": _LAUNCH % ("${workspaceFolder}", "example.com/app")})
rule.not_applicable("no launch configuration")
rule.undetermined("launch.json is broken", files={".vscode/launch.json": ""})
