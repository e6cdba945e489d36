"""The binary was built in another folder than the one that is open in the editor.

What it finds     The source paths recorded in a binary of mode exec lie below another root than the module's folder here, and ``substitutePath`` does not map one to the other.
Why it hurts      Delve compares the editor's path with the recorded one, letter by letter; it follows no links and looks at no file. Every breakpoint answers "could not find file".
Example           The binary was built in a container in /app, in a second checkout, or through a linked folder.
After the fix     ``substitutePath`` maps the workspace folder to the recorded root.
Fix safety        Safe: one entry is added to launch.json (or a wrong one is replaced).
How it is proved  The rule maps the module's folder to the recorded root; with ``--deep`` a real dlv must bind the breakpoint.
References        Delve Documentation/cli/substitutepath.md; Go's debug/gosym (pclntab records the files).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.binary.gobuildinfo import GoBuild
from gomend.debug.facts.binaries import ExecBinaries, ExecBinary
from gomend.debug.facts.files import DebugFiles, LocalModule
from gomend.debug.facts.launch import LaunchConfigs
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM322",
    "path-mismatch",
    severity=Severity.ERROR,
    since="0.1",
    title="{program} was built in {recorded}, not in {folder}",
    message="The binary records its sources below {recorded}; substitutePath of {config} does not lead there from {folder}.",
    doc=__doc__,
    explains=("GM350", "GM360"),
    proved_by=("GM360",),
)


def _root(binary: ExecBinary, module: LocalModule) -> str:
    """The folder that the binary records for the module, empty if that cannot be told."""
    go = binary.go
    if go is None or binary.flags.trimpath or not go.path.startswith(module.path):
        return ""
    below = go.path[len(module.path) :].strip("/")
    folders = sorted({s.rpartition("/")[0] for s in binary.sources if s.startswith("/")}, key=len)
    if not below:
        roots = [f for f in folders if all(other == f or other.startswith(f + "/") for other in folders)]
        return roots[0] if roots else ""
    roots = [f[: -len(below) - 1] for f in folders if f.endswith("/" + below)]
    return roots[0] if len(set(roots)) == 1 else ""


@rule.check
def check(configs: LaunchConfigs, binaries: ExecBinaries, files: DebugFiles) -> Iterator[Finding]:
    for config in configs.configs:
        binary = binaries.of(config)
        module = files.module_named(binary.go.module) if binary and binary.go else None
        root = _root(binary, module) if binary and module else ""
        if binary and module and root and not config.maps(module.folder, root):
            sample = next(s for s in binary.sources if s.startswith(root + "/"))
            yield rule.finding(
                config.subject(),
                evidence=[Evidence(source=binary.path, quote=sample, where="pclntab"), config.evidence("substitutePath")],
                config=config.name,
                program=config.written_program,
                recorded=root,
                folder=module.folder,
            )


@rule.fix("Map {folder} to {recorded} in substitutePath", safety=Safety.SAFE)
def map_paths(finding: Finding, configs: LaunchConfigs, binaries: ExecBinaries, files: DebugFiles) -> Mend | None:
    for config in configs.configs:
        binary = binaries.of(config)
        module = files.module_named(binary.go.module) if binary and binary.go else None
        root = _root(binary, module) if binary and module else ""
        if module is None or not root or config.subject() != finding.subject:
            continue
        parameters = {"folder": config.portable(module.folder), "recorded": root}
        for i, entry in enumerate(config.rules):
            if entry.editor.rstrip("/") == module.folder:
                edits = config.document().set((*config.at, "substitutePath", i, "to"), root)
                return Mend(steps=(config.edit(edits),), parameters=parameters)
        return Mend(steps=(config.with_rule(module.folder, root),), parameters=parameters)
    return None


_LAUNCH = """{
  "configurations": [
    {
      "name": "app",
      "type": "go",
      "request": "launch",
      "mode": "exec",
      "program": "${workspaceFolder}/bin/app"%s
    }
  ]
}
"""
_RULE = ',\n      "substitutePath": [{"from": "${workspaceFolder}", "to": "%s"}]'
_MOD = {"go.mod": "module example.com/app\n"}


def _binary(package: str, *sources: str, **settings: str) -> tuple[ExecBinaries]:
    go = GoBuild(version="go1.26.8", path=package, module="example.com/app", settings=settings)
    return (ExecBinaries(binaries=(ExecBinary(path="/project/bin/app", exists=True, format="elf", go=go, sources=sources),)),)


_OTHER = _binary("example.com/app/cmd/app", "/build/app/cmd/app/main.go", "/build/app/internal/x.go")
_HERE = _binary("example.com/app", "/project/internal/x.go", "/project/main.go")

rule.catches("built in a container", subject="app", files={**_MOD, ".vscode/launch.json": _LAUNCH % ""}, facts=_OTHER)
rule.catches(
    "a rule of an older build is in the way",
    files={**_MOD, ".vscode/launch.json": _LAUNCH % (_RULE % "example.com/app")},
    facts=_HERE,
)
rule.passes("built here", files={**_MOD, ".vscode/launch.json": _LAUNCH % ""}, facts=_HERE)
rule.passes("mapped", files={**_MOD, ".vscode/launch.json": _LAUNCH % (_RULE % "/build/app")}, facts=_OTHER)
rule.passes(
    "-trimpath is another matter",
    files={**_MOD, ".vscode/launch.json": _LAUNCH % ""},
    facts=_binary("example.com/app", "example.com/app/main.go", **{"-trimpath": "true"}),
)
rule.not_applicable("no launch configuration", files=_MOD)
rule.undetermined("launch.json is broken", files={**_MOD, ".vscode/launch.json": "{"})
