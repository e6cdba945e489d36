"""Run configurations as each editor wants them, made of a project's main packages and test packages. Pure: texts in, texts out.

Sources: vscode-go's launch attributes; GoLand's own ``.run`` files; nvim-dap (``dap.configurations.go``); Zed's ``.zed/debug.json`` (adapter
Delve); dape's ``dape-configs``; devcontainer reference (capAdd, securityOpt).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from typing import Any, Final

from gomend.debug import jsonc
from gomend.model.base import Thing
from gomend.model.step import Edit

EDITORS: Final = ("vscode", "goland", "neovim", "zed", "emacs", "devcontainer")
"""What configurations are written for."""
PORT: Final = 2345
"""Where the remote configurations look for ``dlv``: the port of its own documentation."""
CURSOR: Final = "Test at the cursor"
"""Name of the entry that runs the selected test."""
ATTACH: Final = "Attach to a process"
"""Name of the entry that attaches to a process here."""
REMOTE: Final = f"Remote (dlv on port {PORT})"
"""Name of the entry that attaches to a dlv elsewhere."""
CORE: Final = "Core dump"
"""Name of the entry that opens a core dump."""
_ZED: Final = "$ZED_WORKTREE_ROOT"
_MODES: Final = "modes (go-mode go-ts-mode)"
_MARK: Final = "gomend debug init"


class Target(Thing, frozen=True):
    """What can be debugged: a main package, or a package with tests. ``folder`` is relative to the project, ``.`` its top."""

    name: str
    folder: str
    package: str
    test: bool = False


class File(Thing, frozen=True):
    """A file of the plan: path relative to the project, and the edits that make it what it should be."""

    path: str
    edits: tuple[Edit, ...]


class ConfigError(ValueError):
    """A file that is there cannot be added to; the message says why."""


def vscode(targets: Iterable[Target]) -> list[dict[str, Any]]:
    """Configurations for VS Code."""
    made: list[dict[str, Any]] = []
    for one in targets:
        program = "${workspaceFolder}" + ("" if one.folder == "." else f"/{one.folder}")
        mode = "test" if one.test else "debug"
        made.append({"name": one.name, "type": "go", "request": "launch", "mode": mode, "program": program})
    made.append(
        {
            "name": CURSOR,
            "type": "go",
            "request": "launch",
            "mode": "test",
            "program": "${fileDirname}",
            "args": ["-test.run", "^${selectedText}$"],
        }
    )
    made.append(
        {
            "name": ATTACH,
            "type": "go",
            "request": "attach",
            "mode": "local",
            "processId": "${command:pickProcess}",
        }
    )
    made.append(
        {
            "name": REMOTE,
            "type": "go",
            "request": "attach",
            "mode": "remote",
            "host": "127.0.0.1",
            "port": PORT,
        }
    )
    made.append(
        {
            "name": CORE,
            "type": "go",
            "request": "launch",
            "mode": "core",
            "program": "${workspaceFolder}/PROGRAM",
            "coreFilePath": "${workspaceFolder}/core",
        }
    )
    return made


def launch_json(old: str | None, targets: Iterable[Target]) -> tuple[Edit, ...]:
    """Edits that add what is missing to ``.vscode/launch.json``; entries of the same name stay as they are.

    Raises:
        ConfigError: the file is not what VS Code would read.
    """
    wanted = vscode(targets)
    if old is None:
        return (_whole(json.dumps({"version": "0.2.0", "configurations": wanted}, indent=2, ensure_ascii=False) + "\n"),)
    doc = jsonc.parse(old)
    if doc.root is None:
        raise ConfigError(doc.problem)
    listed = doc.get("configurations")
    if doc.root.kind != "object" or (listed is not None and listed.kind != "array"):
        msg = "no list of configurations in it"
        raise ConfigError(msg)
    if listed is None:
        return doc.set(("configurations",), wanted)
    have = {item.data.get("name") for item in listed.items if isinstance(item.data, dict)}
    return _grown(old, ("configurations",), [w for w in wanted if w["name"] not in have])


def zed(old: str | None, targets: Iterable[Target]) -> tuple[Edit, ...]:
    """Edits that add what is missing to ``.zed/debug.json``.

    Raises:
        ConfigError: the file is no list.
    """
    wanted: list[dict[str, Any]] = []
    for one in targets:
        program = _ZED + ("" if one.folder == "." else f"/{one.folder}")
        wanted.append(
            {
                "label": one.name,
                "adapter": "Delve",
                "request": "launch",
                "mode": "test" if one.test else "debug",
                "program": program,
            }
        )
    go: dict[str, Any] = {"adapter": "Delve"}
    chosen: dict[str, Any] = {"program": "$ZED_DIRNAME", "args": ["-test.run", "^$ZED_SYMBOL$"]}
    wanted += [
        {"label": CURSOR, **go, "request": "launch", "mode": "test", **chosen},
        {"label": ATTACH, **go, "request": "attach", "mode": "local"},
        {"label": REMOTE, **go, "request": "attach", "mode": "remote", "tcp_connection": {"host": "127.0.0.1", "port": PORT}},
        {
            "label": CORE,
            **go,
            "request": "launch",
            "mode": "core",
            "program": f"{_ZED}/PROGRAM",
            "coreFilePath": f"{_ZED}/core",
        },
    ]
    if old is None:
        return (_whole(json.dumps(wanted, indent=2, ensure_ascii=False) + "\n"),)
    doc = jsonc.parse(old)
    if doc.root is None or doc.root.kind != "array":
        raise ConfigError(doc.problem or "no list in it")
    have = {item.data.get("label") for item in doc.root.items if isinstance(item.data, dict)}
    return _grown(old, (), [w for w in wanted if w["label"] not in have])


def devcontainer(old: str | None) -> tuple[Edit, ...]:
    """Edits that let dlv work in ``.devcontainer/devcontainer.json``: the capability and the filter that ptrace needs. None is made anew.

    Raises:
        ConfigError: the file is not what it should be.
    """
    text = old or ""
    for key, value in (("capAdd", "SYS_PTRACE"), ("securityOpt", "seccomp=unconfined")):
        doc = jsonc.parse(text)
        if doc.root is None or doc.root.kind != "object":
            raise ConfigError(doc.problem or "no object in it")
        listed = doc.get(key)
        if listed is None:
            text = _edited(text, doc.set((key,), [value]))
        elif listed.kind == "array" and value not in [i.data for i in listed.items]:
            text = _edited(text, doc.append((key,), value))
    return () if text == (old or "") else (Edit(start=0, end=len((old or "").encode()), new=text),)


def goland(targets: Iterable[Target]) -> dict[str, str]:
    """Files below ``.run`` by name. GoLand builds the package itself, with -N -l."""
    made = {}
    for one in targets:
        kind = "GoTestRunConfiguration" if one.test else "GoApplicationRunConfiguration"
        factory = "Go Test" if one.test else "Go Application"
        where = "$PROJECT_DIR$" if one.folder == "." else f"$PROJECT_DIR$/{one.folder}"
        more = '\n    <framework value="gotest" />' if one.test else ""
        made[f"{_safe(one.name)}.run.xml"] = f"""<component name="ProjectRunConfigurationManager">
  <configuration default="false" name="{html.escape(one.name)}" type="{kind}" factoryName="{factory}">
    <module name="" />
    <working_directory value="$PROJECT_DIR$" />
    <kind value="PACKAGE" />
    <package value="{html.escape(one.package)}" />
    <directory value="{html.escape(where)}" />
    <filePath value="" />{more}
    <method v="2" />
  </configuration>
</component>
"""
    made["dlv remote.run.xml"] = f"""<component name="ProjectRunConfigurationManager">
  <configuration default="false" name="dlv remote" type="GoRemoteDebugConfigurationType" factoryName="Go Remote" focusToolWindowBeforeRun="true" port="{PORT}">
    <option name="disconnectOption" value="ASK" />
    <method v="2" />
  </configuration>
</component>
"""
    return made


def neovim(targets: Iterable[Target]) -> str:
    """``.nvim.lua`` (read with ``exrc``): the configurations for nvim-dap's adapter ``go``."""
    lines = [
        f"-- {_MARK}: configurations of this project for nvim-dap; needs vim.o.exrc = true and dap.adapters.go (nvim-dap-go).",
        'local ok, dap = pcall(require, "dap")',
    ]
    lines += [
        "if not ok then",
        "  return",
        "end",
        "dap.adapters.gomend_remote = dap.adapters.gomend_remote",
        f'  or {{ type = "server", host = "127.0.0.1", port = {PORT}, options = {{ detached = false }} }}',
        "local function asked(what, default)",
        "  return function()",
        '    return vim.fn.input(what .. ": ", default, "file")',
        "  end",
        "end",
        "dap.configurations.go = dap.configurations.go or {}",
        "for _, one in ipairs({",
    ]
    for one in targets:
        folder = "${workspaceFolder}" + ("" if one.folder == "." else f"/{one.folder}")
        mode = "test" if one.test else "debug"
        lines.append(
            f'  {{ type = "go", request = "launch", name = {_quoted(one.name)}, mode = "{mode}", program = {_quoted(folder)} }},'
        )
    lines += [
        f'  {{ type = "go", request = "launch", name = "{CURSOR}", mode = "test", program = "${{fileDirname}}",',
        "    args = function()",
        '      return { "-test.run", "^" .. vim.fn.expand("<cword>") .. "$" }',
        "    end },",
        f'  {{ type = "go", request = "attach", name = "{ATTACH}", mode = "local", processId = require("dap.utils").pick_process }},',
        f'  {{ type = "gomend_remote", request = "attach", name = "{REMOTE}", mode = "remote" }},',
        f'  {{ type = "go", request = "launch", name = "{CORE}", mode = "core", program = asked("Program", "${{workspaceFolder}}/"),',
        '    coreFilePath = asked("Core dump", "${workspaceFolder}/core") },',
    ]
    lines += ["}) do", "  table.insert(dap.configurations.go, one)", "end", ""]
    return "\n".join(lines)


def emacs(targets: Iterable[Target]) -> str:
    """``.dir-locals.el``: what ``M-x dape`` offers in this project."""
    local = 'command "dlv" command-args ("dap" "--listen" "127.0.0.1::autoport") command-cwd dape-command-cwd port :autoport :type "go"'
    entries = [
        f'(gomend-{_safe(one.name).replace(" ", "-").lower()} {_MODES} {local} :request "launch" :mode "{"test" if one.test else "debug"}" :program {_quoted(one.folder)})'
        for one in targets
    ]
    entries += [
        (
            f'(gomend-test-at-cursor {_MODES} {local} :request "launch" :mode "test" :cwd dape-cwd'
            " :program (lambda () (file-name-directory (buffer-file-name)))"
            ' :args (lambda () (vector "-test.run" (format "^%s$" (thing-at-point (quote symbol) t)))))'
        ),
        f'(gomend-attach {_MODES} {local} :request "attach" :mode "local" :processId (lambda () (read-number "Process: ")))',
        f'(gomend-remote {_MODES} host "127.0.0.1" port {PORT} :type "go" :request "attach" :mode "remote")',
        (
            f'(gomend-core {_MODES} {local} :request "launch" :mode "core" :program (lambda () (read-file-name "Program: "))'
            ' :coreFilePath (lambda () (read-file-name "Core dump: ")))'
        ),
    ]
    body = "\n      ".join(entries)
    return f";; {_MARK}: configurations of this project for dape\n((nil\n  (eval . (with-eval-after-load 'dape\n    (dolist (one '({body}))\n      (add-to-list 'dape-configs one))))))\n"


def _quoted(value: str) -> str:
    """A string as Lua and Emacs Lisp write it, too: their escapes of other letters than ASCII are not those of JSON."""
    return json.dumps(value, ensure_ascii=False)


def _safe(name: str) -> str:
    return re.sub(r"[^\w .-]+", "-", name).strip("-")


def as_new(body: str) -> tuple[Edit, ...]:
    """The edits that make a new file of a text."""
    return (_whole(body),)


def _whole(text: str) -> Edit:
    return Edit(start=0, end=0, new=text)


def _edited(text: str, edits: tuple[Edit, ...]) -> str:
    from gomend.model.step import edit_text

    return edit_text(text.encode(), edits).decode()


def _grown(old: str, path: tuple[str, ...], more: list[dict[str, Any]]) -> tuple[Edit, ...]:
    """Append items one after the other, as edits of the whole text only where there is anything to add."""
    text = old
    for one in more:
        text = _edited(text, jsonc.parse(text).append(path, one))
    return () if text == old else (Edit(start=0, end=len(old.encode()), new=text),)
