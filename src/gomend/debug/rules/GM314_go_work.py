"""A launch configuration contradicts the go.work in force.

What it finds     A configuration sets ``-mod=mod`` (in GOFLAGS or buildFlags) while a go.work is in force, or debugs a package of a module that go.work does not ``use``.
Why it hurts      In workspace mode go refuses ``-mod=mod``, and it builds no package of a module outside the workspace: the debug session ends with a build error before any breakpoint.
Example           ``"GOFLAGS": "-mod=mod"`` in the ``env`` of launch.json beside a go.work.
After the fix     The flag is gone from the configuration; or go.work uses the module as well.
Fix safety        Safe: one setting of launch.json changes, or one line is added to go.work, as ``go work use`` writes it.
How it is proved  The configuration's flags and the workspace's modules are read again.
References        go.dev/ref/mod#workspaces; go help build (-mod).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug import paths
from gomend.debug.facts.launch import LaunchConfig, LaunchConfigs
from gomend.debug.origins import edit_build_flags
from gomend.golang.facts.project import GoWork
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.model.step import Edit, EditFile

rule = Rule(
    "GM314",
    "go-work",
    severity=Severity.ERROR,
    since="0.1",
    title="{config} contradicts {file}",
    message="{file} is in force for {config} and does not agree with {why}: go refuses to build it.",
    doc=__doc__,
    explains=("GM360",),
    proved_by=("GM360",),
)


def _folder(work: GoWork) -> str:
    return work.file.path.rpartition("/")[0]


def _applies(config: LaunchConfig) -> bool:
    return config.is_debug and "GOWORK" not in config.env


def _mod(config: LaunchConfig) -> str:
    """Where the configuration itself says -mod=mod: ``GOFLAGS``, ``buildFlags`` or nowhere."""
    if "-mod=mod" in config.build_words:
        return "buildFlags"
    return "GOFLAGS" if "-mod=mod" in config.env.get("GOFLAGS", "").split() else ""


def _outside(config: LaunchConfig, work: GoWork) -> str:
    """The folder of the program's module if go.work does not use it."""
    used = {paths.join(_folder(work), use.value) for use in work.work.uses}
    module = config.module
    return module.folder if module is not None and config.resolved and module.folder not in used else ""


@rule.check
def check(configs: LaunchConfigs, work: GoWork) -> Iterator[Finding]:
    for config in configs.configs:
        if not _applies(config):
            continue
        where, outside = _mod(config), _outside(config, work)
        if where:
            shown = config.evidence(*(("env", "GOFLAGS") if where == "GOFLAGS" else ("buildFlags",)))
            why = f"{where}: -mod=mod"
        elif outside:
            shown = config.evidence("program")
            why = outside
        else:
            continue
        use = work.work.uses[0].line if work.work.uses else 1
        yield rule.finding(
            config.subject(), evidence=[shown, work.file.evidence(use)], config=config.name, file=work.file.name, why=why
        )


def _use(work: GoWork, folder: str) -> EditFile:
    """The step that adds a module below the last ``use`` of go.work, as ``go work use`` would write it."""
    base = _folder(work) + "/"
    path = f"./{folder.removeprefix(base)}" if folder.startswith(base) else folder
    last = max((use.line for use in work.work.uses), default=len(work.file.text.splitlines()))
    lines = work.file.text.splitlines()
    in_block = 0 < last <= len(lines) and bool(work.work.uses) and not lines[last - 1].lstrip().startswith("use")
    at = work.file.offset(last + 1)
    text = f"\t{path}\n" if in_block else f"use {path}\n"
    if at and not work.file.text.encode()[:at].endswith(b"\n"):
        text = "\n" + text
    return EditFile(path=work.file.path, before=work.file.digest, edits=(Edit(start=at, end=at, new=text),))


@rule.fix("Build {config} in the workspace", safety=Safety.SAFE)
def agree(finding: Finding, configs: LaunchConfigs, work: GoWork) -> Mend | None:
    for config in configs.configs:
        if config.subject() != finding.subject or not _applies(config):
            continue
        parameters = {"config": config.name}
        where, outside = _mod(config), _outside(config, work)
        if where == "buildFlags":
            edit = edit_build_flags(config, tuple(() if w == "-mod=mod" else (w,) for w in config.build_words))
            return Mend(steps=(edit,), parameters=parameters) if edit else None
        if where:
            value = " ".join(w for w in config.env["GOFLAGS"].split() if w != "-mod=mod")
            edits = config.document().set((*config.at, "env", "GOFLAGS"), value)
            return Mend(steps=(config.edit(edits),), parameters=parameters)
        if outside:
            return Mend(steps=(_use(work, outside),), parameters=parameters)
    return None


_LAUNCH = """{"configurations": [
  {"name": "api", "type": "go", "request": "launch", "mode": "debug", "program": "${workspaceFolder}/%s"%s}
]}
"""
_FILES = {
    "go.work": "go 1.22\n\nuse ./api\n",
    "api/go.mod": "module example.com/api\n",
    "job/go.mod": "module example.com/job\n",
}

rule.catches(
    "GOFLAGS", subject="api", files={**_FILES, ".vscode/launch.json": _LAUNCH % ("api", ', "env": {"GOFLAGS": "-mod=mod -v"}')}
)
rule.catches("buildFlags", files={**_FILES, ".vscode/launch.json": _LAUNCH % ("api", ', "buildFlags": ["-mod=mod"]')})
rule.catches(
    "a module that is not used",
    files={**_FILES, ".vscode/launch.json": _LAUNCH % ("job", "")},
)
rule.catches(
    "a block of modules",
    files={
        **_FILES,
        "go.work": "go 1.22\n\nuse (\n\t./api\n)\n\nreplace example.com/x => ./x\n",
        ".vscode/launch.json": _LAUNCH % ("job", ""),
    },
)
rule.passes("a module that is used", files={**_FILES, ".vscode/launch.json": _LAUNCH % ("api/cmd/x", "")})
rule.passes(
    "GOWORK=off in the configuration", files={**_FILES, ".vscode/launch.json": _LAUNCH % ("job", ', "env": {"GOWORK": "off"}')}
)
rule.not_applicable(
    "no go.work", files={"go.mod": "module m\n", ".vscode/launch.json": _LAUNCH % ("api", ', "buildFlags": "-mod=mod"')}
)
rule.undetermined("go is not on PATH", files={**_FILES, ".vscode/launch.json": _LAUNCH % ("job", "")}, programs=("!go",))
