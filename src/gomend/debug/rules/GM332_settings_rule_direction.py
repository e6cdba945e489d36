"""A path rule in VS Code's settings stands the wrong way round.

What it finds     An entry of ``go.delveConfig.substitutePath`` whose ``to`` is a folder of this workspace while its ``from`` is a module path or a folder that does not exist here.
Why it hurts      The setting is the default of every launch configuration without rules of its own. ``from`` is the editor's path and ``to`` the recorded one; the other way round nothing matches.
Example           ``"from": "/app"`` and the workspace folder as ``to``, in ``go.delveConfig``.
After the fix     The two values have changed places.
Fix safety        Safe: two strings of settings.json change.
How it is proved  The settings are read again: every rule starts with a path of the editor.
References        vscode-go docs/settings.md (go.delveConfig); Delve service/dap/types.go (SubstitutePath).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug import paths
from gomend.debug.facts.settings import SUBSTITUTE, EditorSettings, SettingsFile
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM332",
    "rule-direction",
    severity=Severity.WARNING,
    since="0.1",
    title="A rule in go.delveConfig is reversed: {source} → {to}",
    message="{source} is not a path of the editor, {to} is: in substitutePath from is the editor's path and to the recorded one.",
    doc=__doc__,
    explains=("GM350", "GM360"),
)


def _reversed(one: SettingsFile) -> list[int]:
    found = []
    for i, (source, to) in enumerate(one.rules()):
        local = (to == one.workspace or to.startswith(f"{one.workspace}/")) and to in one.exists
        foreign = bool(source) and source not in one.exists and not paths.is_windows(source) and "${" not in source
        if local and foreign and not source.startswith(f"{one.workspace}/"):
            found.append(i)
    return found


def _written(one: SettingsFile, number: int) -> tuple[str, str]:
    source, to = (str(one.value(*SUBSTITUTE, number, key)) for key in ("from", "to"))
    return source, to


@rule.check
def check(settings: EditorSettings) -> Iterator[Finding]:
    for one in settings.files:
        wrong = _reversed(one)
        if wrong:
            source, to = _written(one, wrong[0])
            evidence = [one.evidence(*SUBSTITUTE, i) for i in wrong]
            yield rule.finding(one.subject(".".join(SUBSTITUTE)), evidence=evidence, source=source, to=to)


@rule.fix("Let {source} and {to} change places", safety=Safety.SAFE)
def swap(finding: Finding, settings: EditorSettings) -> Mend | None:
    for one in settings.files:
        wrong = _reversed(one)
        listed = one.value(*SUBSTITUTE)
        whole = isinstance(listed, list) and len(listed) == len(one.rules())
        if wrong and whole and one.subject(".".join(SUBSTITUTE)) == finding.subject:
            doc = one.document()
            edits = [
                edit
                for i in wrong
                for key, value in zip(("to", "from"), _written(one, i), strict=True)
                for edit in doc.set((*one.top, *SUBSTITUTE, i, key), value)
            ]
            source, to = _written(one, wrong[0])
            return Mend(steps=(one.edit(tuple(sorted(edits, key=lambda e: e.start))),), parameters={"source": source, "to": to})
    return None


_SETTINGS = '{"go.delveConfig": {"substitutePath": [{"from": "%s", "to": "%s"}]}}\n'
rule.catches(
    "a container's folder first",
    subject="go.delveConfig.substitutePath",
    files={"main.go": "package main\n", ".vscode/settings.json": _SETTINGS % ("/app", "${workspaceFolder}")},
)
rule.catches(
    "a module path first",
    files={"main.go": "package main\n", ".vscode/settings.json": _SETTINGS % ("example.com/shop", "${workspaceFolder}")},
)
rule.passes("the right way", files={"main.go": "", ".vscode/settings.json": _SETTINGS % ("${workspaceFolder}", "/app")})
rule.not_applicable("no settings")
rule.undetermined("broken settings", files={".vscode/settings.json": "{"})
