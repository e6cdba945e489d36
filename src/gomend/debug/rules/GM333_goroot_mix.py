"""The editor's GOROOT or GOPATH is not the one of the go command that builds.

What it finds     GOROOT or GOPATH in a launch configuration's ``env``, in ``go.toolsEnvVars``, ``go.goroot`` or ``go.gopath``, that differs from what ``go env`` says.
Why it hurts      The binary records the folders of the go that built it. With another GOROOT the editor opens another standard library, and a breakpoint set there is in no binary; a GOROOT of another version also makes go mix compiler and library. With another GOPATH the dependencies lie in two module caches.
Example           ``"go.goroot": "/opt/go1.24"`` in settings.json, while ``go`` on PATH is go1.26.
After the fix     The setting is gone: go finds its own GOROOT, and GOPATH is what ``go env`` says.
Fix safety        Safe: one key of launch.json or settings.json goes.
How it is proved  The files are read again.
References        cmd/go (GOROOT, GOPATH); vscode-go docs/settings.md (go.goroot, go.gopath).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from gomend.debug.facts.launch import LaunchConfig, LaunchConfigs
from gomend.debug.facts.settings import EditorSettings, SettingsFile
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM333",
    "goroot",
    severity=Severity.WARNING,
    since="0.1",
    title="{where} sets {name} to {value}, go uses {real}",
    message="The program is built with {name} {real}; {where} gives the debugger {value}.",
    doc=__doc__,
    explains=("GM350",),
)

_SETTINGS = (
    (("go.goroot",), "GOROOT"),
    (("go.toolsEnvVars", "GOROOT"), "GOROOT"),
    (("go.gopath",), "GOPATH"),
    (("go.toolsEnvVars", "GOPATH"), "GOPATH"),
)


def _other(value: str, real: str) -> bool:
    return bool(value and real) and "${" not in value and posixpath.normpath(value) != posixpath.normpath(real)


def _in_settings(one: SettingsFile, env: GoEnv) -> Iterator[tuple[tuple[str, ...], str, str]]:
    for path, name in _SETTINGS:
        value = one.value(*path)
        if isinstance(value, str) and _other(one.filled(value), env[name]):
            yield path, name, one.filled(value)


def _in_launch(config: LaunchConfig, env: GoEnv) -> Iterator[tuple[str, str]]:
    for name in ("GOROOT", "GOPATH"):
        if _other(config.env.get(name, ""), env[name]):
            yield name, config.env[name]


@rule.check
def check(
    env: GoEnv, configs: LaunchConfigs | Absent | Unknown, settings: EditorSettings | Absent | Unknown
) -> Iterator[Finding]:
    for one in settings.files if isinstance(settings, EditorSettings) else ():
        for path, name, value in _in_settings(one, env):
            yield rule.finding(
                one.subject(".".join(path)),
                evidence=[one.evidence(*path), Evidence(source=f"go env {name}", quote=env[name])],
                where=".".join(path),
                name=name,
                value=value,
                real=env[name],
            )
    for config in configs.configs if isinstance(configs, LaunchConfigs) else ():
        for name, value in _in_launch(config, env):
            yield rule.finding(
                config.subject(),
                evidence=[config.evidence("env", name), Evidence(source=f"go env {name}", quote=env[name])],
                where=config.name,
                name=name,
                value=value,
                real=env[name],
            )


@rule.fix("Leave {name} to go in {where}", safety=Safety.SAFE)
def leave(
    finding: Finding, env: GoEnv, configs: LaunchConfigs | Absent | Unknown, settings: EditorSettings | Absent | Unknown
) -> Mend | None:
    for one in settings.files if isinstance(settings, EditorSettings) else ():
        for path, name, _ in _in_settings(one, env):
            if one.subject(".".join(path)) == finding.subject:
                step = one.edit(one.document().drop((*one.top, *path)))
                return Mend(steps=(step,), parameters={"name": name, "where": ".".join(path)})
    for config in configs.configs if isinstance(configs, LaunchConfigs) else ():
        for name, _ in _in_launch(config, env):
            if config.subject() == finding.subject:
                edits = config.document().drop((*config.at, "env", name))
                return Mend(steps=(config.edit(edits),), parameters={"name": name, "where": config.name})
    return None


rule.catches(
    "another GOROOT in the settings",
    subject="go.goroot",
    files={".vscode/settings.json": '{\n  "go.goroot": "/opt/go1.24",\n  "editor.tabSize": 4\n}\n'},
)
rule.catches(
    "another GOPATH for the tools",
    files={".vscode/settings.json": '{"go.toolsEnvVars": {"GOPATH": "${workspaceFolder}/.gopath", "GOFLAGS": "-v"}}\n'},
)
rule.catches(
    "in a launch configuration",
    subject="app",
    files={
        ".vscode/launch.json": '{"configurations": [{"name": "app", "type": "go", "request": "launch", "program": ".",\n'
        '  "env": {"A": "1", "GOROOT": "/opt/go"}}]}\n'
    },
)
rule.passes("the same", files={".vscode/settings.json": '{"go.goroot": "/usr/local/go/", "go.gopath": "/home/dev/go"}\n'})
rule.passes("nothing is set", files={"go.mod": "module m\n"})
rule.undetermined("go says nothing", without={"GoEnv": Unknown(reason="go is not on PATH")})
