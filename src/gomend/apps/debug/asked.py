"""A question made of a run configuration and breakpoints: what the editor would send to Delve."""

from __future__ import annotations

import os
from typing import Any, Final

from gomend.apps.cli import base
from gomend.debug import jsonc, runconfig
from gomend.debug.facts.launch import fill_in
from gomend.debug.pathmap import here, rules
from gomend.debug.runconfig import RunConfig
from gomend.debug.why.ask import Ask, Wanted
from gomend.model.text import text

_NO_FILE: Final = text("debugasked.no-file", "{path} cannot be read: {reason}")
_BAD_FILE: Final = text("debugasked.bad-file", "{path}: {reason}")
_BAD_BREAK: Final = text("debugasked.bad-break", "--break {value}: write FILE:LINE, lines count from 1")
_WHICH: Final = text("debugasked.which", "{path} has no Go configuration called {name}; it has: {names}")
_SEVERAL: Final = text("debugasked.several", "{path} has several Go configurations, write {path}:NAME with one of: {names}")
_NONE: Final = text("debugasked.none", "{path} has no Go configuration")
_NO_PACKAGE: Final = text("debugasked.no-package", "{path}: no folder of this project is package {package}")
_MOST: Final = 4 << 20
"""Bytes of a configuration file that are read."""


def configured(config: str, breaks: tuple[str, ...]) -> Ask:
    """The question that ``--config FILE[:NAME] --break FILE:LINE`` asks.

    Raises:
        Problem: a file cannot be read, a name is not there, or a breakpoint is no FILE:LINE.
    """
    wanted = tuple(_break(b) for b in breaks)
    path, name = _split(config)
    try:
        with open(path, "rb") as file:
            text_ = file.read(_MOST).decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise base.Problem(_NO_FILE, path=path, reason=error.strerror or "") from None
    launch, cwd, env = _goland(path, name, text_) if text_.lstrip().startswith("<") else _vscode(path, name, text_)
    return Ask(breakpoints=wanted, launch=launch, cwd=cwd, env=env)


def _split(config: str) -> tuple[str, str]:
    if os.path.exists(config) or ":" not in config:
        return config, ""
    at = config.find(":", config.lower().rfind(".json:" if ".json:" in config.lower() else ".xml:") + 1)
    return config[:at], config[at + 1 :]


def _break(value: str) -> Wanted:
    file, _, line = value.rpartition(":")
    if not file or not line.isdecimal() or int(line) < 1:
        raise base.Problem(_BAD_BREAK, value=value)
    here_ = os.path.abspath(file) if os.path.exists(file) else file
    return Wanted(file=here_, lines=(int(line),))


def _pick(path: str, name: str, found: dict[str, Any]) -> Any:
    names = ", ".join(found)
    if not found:
        raise base.Problem(_NONE, path=path)
    if name and name not in found:
        raise base.Problem(_WHICH, path=path, name=name, names=names)
    if not name and len(found) > 1:
        raise base.Problem(_SEVERAL, path=path, names=names)
    return found[name or next(iter(found))]


def _vscode(path: str, name: str, text_: str) -> tuple[dict[str, Any], str, dict[str, str]]:
    doc = jsonc.parse(text_)
    if doc.root is None:
        raise base.Problem(_BAD_FILE, path=path, reason=doc.problem)
    listed = doc.get("configurations") or doc.get("launch", "configurations")
    data = [item.data for item in (listed.items if listed else ())]
    found = {str(d.get("name") or f"#{i}"): d for i, d in enumerate(data) if isinstance(d, dict) and d.get("type") == "go"}
    folder = os.path.dirname(os.path.abspath(path))
    workspace = os.path.dirname(folder) if os.path.basename(folder) == ".vscode" else folder
    launch: dict[str, Any] = _fill(_pick(path, name, found), workspace)
    if launch.get("mode", "auto") == "auto" and launch.get("request") != "attach":
        launch["mode"] = "test" if str(launch.get("program", "")).endswith("_test.go") else "debug"
    if launch.get("request") != "attach":
        launch["program"] = os.path.join(workspace, str(launch.get("program") or "."))
        if launch["mode"] == "test" and launch["program"].endswith(".go"):
            launch["program"] = os.path.dirname(launch["program"])
    return launch, workspace, {}


def _fill(value: Any, workspace: str) -> Any:
    if isinstance(value, str):
        return fill_in(value, workspace, os.path.expanduser("~"), os.environ)
    if isinstance(value, list):
        return [_fill(v, workspace) for v in value]
    return {k: _fill(v, workspace) for k, v in value.items()} if isinstance(value, dict) else value


def _goland(path: str, name: str, text_: str) -> tuple[dict[str, Any], str, dict[str, str]]:
    project = runconfig.project_of(path)
    try:
        known = runconfig.read(text_, project)
    except runconfig.RunConfigError as problem:
        raise base.Problem(_BAD_FILE, path=path, reason=str(problem)) from None
    one: RunConfig = _pick(path, name, {c.name: c for c in known})
    if one.mode == "remote":
        return {"request": "attach", "mode": "remote", "host": one.host, "port": one.port}, project, {}
    program = one.file if one.kind == "FILE" else one.directory if one.kind == "DIRECTORY" else _folder(path, one, project)
    launch: dict[str, Any] = {"mode": one.mode, "program": program or project}
    if one.flags:
        launch["buildFlags"] = one.flags
    return launch, one.cwd or project, one.env


def _folder(path: str, one: RunConfig, project: str) -> str:
    """The folder of a package of the project."""
    known = rules.local_modules((project,))
    for module in sorted(known, key=len, reverse=True):
        if one.package == module or one.package.startswith(f"{module}/"):
            return os.path.join(known[module], one.package[len(module) + 1 :]).rstrip("/")
    if not one.package and here.module_at(project):
        return project
    raise base.Problem(_NO_PACKAGE, path=path, package=one.package or "(none)")
