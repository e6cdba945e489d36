"""A path rule stands the wrong way round.

What it finds     An entry of ``substitutePath`` whose ``to`` is a folder of this workspace while its ``from`` is a module path or a folder that does not exist here.
Why it hurts      In launch.json ``from`` is the editor's path and ``to`` the one recorded in the binary; Delve's own command line has it the other way. A reversed rule never matches, and the breakpoints stay grey.
Example           ``"from": "example.com/app"`` with the workspace folder as ``to``, copied from a ``config substitute-path`` of dlv.
After the fix     The two values have changed places.
Fix safety        Safe: two strings of launch.json change.
How it is proved  Every rule starts with a path that exists in the editor; with ``--deep`` a real dlv must bind the breakpoint.
References        Delve service/dap/types.go (SubstitutePath); Delve Documentation/cli/substitutepath.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug import paths
from gomend.debug.facts.launch import LaunchConfig, LaunchConfigs, PathRule
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM302",
    "rule-direction",
    severity=Severity.WARNING,
    since="0.1",
    title="substitutePath of {config} is reversed: {source} → {to}",
    message="{source} is not a path of the editor, {to} is: in launch.json from is the editor's path and to the recorded one.",
    doc=__doc__,
    explains=("GM301", "GM322", "GM313", "GM350", "GM360"),
    proved_by=("GM360",),
)


def _reversed(config: LaunchConfig, entry: PathRule) -> bool:
    local = config.inside(paths.clean(entry.recorded)) and entry.recorded_exists
    foreign = entry.editor != "" and not paths.is_windows(entry.editor) and not entry.editor_exists
    return local and foreign and not config.inside(entry.editor) and "${" not in entry.editor


@rule.check
def check(configs: LaunchConfigs) -> Iterator[Finding]:
    for config in configs.configs:
        wrong = [r for r in config.rules if _reversed(config, r)]
        if wrong:
            yield rule.finding(
                config.subject(wrong[0].line),
                evidence=[config.file.evidence(r.line) for r in wrong],
                severity=Severity.ERROR if config.is_exec or config.is_remote else Severity.WARNING,
                config=config.name,
                source=wrong[0].written_from,
                to=wrong[0].written_to,
            )


@rule.fix("Let {source} and {to} change places", safety=Safety.SAFE)
def swap(finding: Finding, configs: LaunchConfigs) -> Mend | None:
    for config in configs.configs:
        wrong = [(i, r) for i, r in enumerate(config.rules) if _reversed(config, r)]
        if not wrong or config.subject(wrong[0][1].line) != finding.subject:
            continue
        doc = config.document()
        at = (*config.at, "substitutePath")
        written = doc.get(*at)
        if written is None or len(written.items) != len(config.rules):
            return None
        edits = [
            edit
            for i, r in wrong
            for name, value in (("from", r.written_to), ("to", r.written_from))
            for edit in doc.set((*at, i, name), value)
        ]
        first = wrong[0][1]
        parameters = {"source": first.written_from, "to": first.written_to}
        return Mend(steps=(config.edit(tuple(edits)),), parameters=parameters)
    return None


_LAUNCH = """{
  "configurations": [
    {
      "name": "remote", "type": "go", "request": "attach", "mode": "remote",
      "substitutePath": [
        {"from": "%s", "to": "%s"} // the container
      ]
    }
  ]
}
"""
_MOD = "module example.com/app\n"

rule.catches(
    "module path to workspace",
    subject="remote",
    files={"go.mod": _MOD, ".vscode/launch.json": _LAUNCH % ("example.com/app", "${workspaceFolder}")},
)
rule.catches(
    "container folder to workspace", files={"go.mod": _MOD, ".vscode/launch.json": _LAUNCH % ("/app", "${workspaceFolder}/")}
)
rule.passes("the right way round", files={"go.mod": _MOD, ".vscode/launch.json": _LAUNCH % ("${workspaceFolder}", "/app")})
rule.passes(
    "a linked folder that exists in the editor",
    files={"go.mod": _MOD, "/srv/link/go.mod": _MOD, ".vscode/launch.json": _LAUNCH % ("/srv/link", "${workspaceFolder}")},
)
rule.not_applicable("no launch configuration", files={"go.mod": _MOD})
rule.undetermined("launch.json is broken", files={".vscode/launch.json": "{"})
