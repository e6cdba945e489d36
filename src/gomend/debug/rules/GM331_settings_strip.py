"""VS Code's settings build without debug information.

What it finds     ``-ldflags`` with ``-s`` or ``-w`` in ``go.testFlags`` or ``go.buildFlags`` (what the code lens "debug test" builds with), or in ``go.toolsEnvVars.GOFLAGS`` (the environment of every debug session).
Why it hurts      dlv finds no DWARF in what it has just built: "could not open debug info", or grey breakpoints.
Example           ``"go.buildFlags": ["-ldflags=-s -w"]`` in .vscode/settings.json.
After the fix     -s and -w stand in the release build only.
Fix safety        Safe: one value of settings.json changes.
How it is proved  The settings are read again.
References        vscode-go docs/settings.md (go.buildFlags, go.toolsEnvVars); cmd/link (-s, -w).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug import mending
from gomend.debug.facts.settings import EditorSettings
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM331",
    "stripped",
    severity=Severity.WARNING,
    since="0.1",
    title="The setting {setting} builds with {flags}",
    message="What the editor debugs with {setting} is linked with {flags}, and has no debug information.",
    doc=__doc__,
    explains=("GM352", "GM360"),
)


@rule.check
def check(settings: EditorSettings) -> Iterator[Finding]:
    for one in settings.files:
        for path, flags in one.flags():
            if flags.strip:
                yield rule.finding(
                    one.subject(".".join(path)), evidence=[one.evidence(*path)], setting=".".join(path), flags=flags.strip
                )


@rule.fix("Take {flags} out of {setting}", safety=Safety.SAFE)
def drop(finding: Finding, settings: EditorSettings) -> Mend | None:
    for one in settings.files:
        for path, flags in one.flags():
            step = one.change_flags(path, mending.keep_debug_info_words)
            if one.subject(".".join(path)) == finding.subject and step:
                return Mend(steps=(step,), parameters={"setting": ".".join(path), "flags": flags.strip})
    return None


rule.catches(
    "in the build flags",
    subject="go.buildFlags",
    files={".vscode/settings.json": '{\n  "go.buildFlags": [\n    "-ldflags=-s -w -X main.v=1"\n  ]\n}\n'},
)
rule.catches("in GOFLAGS", files={".vscode/settings.json": '{"go.toolsEnvVars": {"GOFLAGS": "-ldflags=-w"}}\n'})
rule.passes("only -X", files={".vscode/settings.json": '{"go.buildFlags": ["-ldflags=-X main.v=1"]}\n'})
rule.not_applicable("no settings")
rule.undetermined("broken settings", files={".vscode/settings.json": "{"})
