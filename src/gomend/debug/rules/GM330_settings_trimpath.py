"""VS Code's settings build with -trimpath.

What it finds     ``-trimpath`` in ``go.testFlags`` or ``go.buildFlags`` (what the code lens "debug test" builds with), or in ``go.toolsEnvVars.GOFLAGS`` (the environment of every debug session).
Why it hurts      The binary records ``example.com/shop/cart.go`` instead of the path that the editor sends: no breakpoint binds, and launch.json shows no reason.
Example           ``"go.buildFlags": ["-trimpath"]`` in .vscode/settings.json.
After the fix     -trimpath stands in the release build only.
Fix safety        Safe: one value of settings.json changes.
How it is proved  The settings are read again.
References        vscode-go docs/settings.md (go.buildFlags, go.toolsEnvVars); cmd/go (-trimpath).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug import mending
from gomend.debug.facts.settings import EditorSettings
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM330",
    "trimpath",
    severity=Severity.WARNING,
    since="0.1",
    title="The setting {setting} builds with -trimpath",
    message="What the editor debugs with {setting} records no folders, so dlv does not know the files that the editor names.",
    doc=__doc__,
    explains=("GM350", "GM360"),
)


@rule.check
def check(settings: EditorSettings) -> Iterator[Finding]:
    for one in settings.files:
        for path, flags in one.flags():
            if flags.trimpath:
                yield rule.finding(one.subject(".".join(path)), evidence=[one.evidence(*path)], setting=".".join(path))


@rule.fix("Take -trimpath out of {setting}", safety=Safety.SAFE)
def drop(finding: Finding, settings: EditorSettings) -> Mend | None:
    for one in settings.files:
        for path, _ in one.flags():
            if one.subject(".".join(path)) == finding.subject and (step := one.change_flags(path, mending.without_trimpath)):
                return Mend(steps=(step,), parameters={"setting": ".".join(path)})
    return None


rule.catches(
    "in GOFLAGS of the tools",
    subject="go.toolsEnvVars.GOFLAGS",
    files={".vscode/settings.json": '{\n  // ours\n  "go.toolsEnvVars": {"GOFLAGS": "-mod=mod -trimpath"},\n}\n'},
)
rule.catches("in the build flags", files={".vscode/settings.json": '{"go.buildFlags": ["-v", "-trimpath"]}\n'})
rule.catches("in a workspace file", files={"all.code-workspace": '{"settings": {"go.testFlags": ["-trimpath"]}}\n'})
rule.passes("test flags win", files={".vscode/settings.json": '{"go.testFlags": ["-v"], "go.buildFlags": ["-trimpath"]}\n'})
rule.passes("switched off", files={".vscode/settings.json": '{"go.toolsEnvVars": {"GOFLAGS": "-trimpath=false"}}\n'})
rule.not_applicable("no settings")
rule.undetermined("broken settings", files={".vscode/settings.json": "{"})
