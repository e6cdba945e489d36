"""What ``gomend debug init`` writes for Neovim, Emacs and Zed, loaded by the real Neovim and Emacs."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from gomend.debug import configs
from gomend.debug.configs import Target

TARGETS = (
    Target(name="shop", folder=".", package="example.com/shop"),
    Target(name='cmd/a "b" 商店', folder='cmd/a "b" 商店', package="example.com/shop/cmd/a"),
    Target(name="Tests of shop", folder=".", package="example.com/shop", test=True),
)
OTHERS = [configs.CURSOR, configs.ATTACH, configs.REMOTE, configs.CORE]
STUB_DAP = """
package.preload["dap"] = function() return { adapters = { go = {} }, configurations = {} } end
package.preload["dap.utils"] = function() return { pick_process = function() return 1 end } end
"""
SHOW = """
local dap = require("dap")
local found = {}
for _, one in ipairs(dap.configurations.go) do
  local flat = {}
  for key, value in pairs(one) do
    if type(value) == "function" and key == "args" then value = value() end
    flat[key] = type(value) == "function" and "asked" or value
  end
  table.insert(found, flat)
end
io.stdout:write(vim.fn.json_encode({ list = found, remote = dap.adapters.gomend_remote }))
"""


def test_neovim_loads_the_file_with_a_stub_of_nvim_dap(tmp_path: Path) -> None:
    (tmp_path / "stub.lua").write_text(STUB_DAP)
    (tmp_path / "show.lua").write_text(SHOW)
    (tmp_path / ".nvim.lua").write_text(configs.neovim(TARGETS))
    words = ["-c", "luafile stub.lua", "-c", "luafile .nvim.lua", "-c", "luafile show.lua", "-c", "qa!"]
    nvim = shutil.which("nvim")
    assert nvim
    done = subprocess.run([nvim, "--headless", "-u", "NONE", *words], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "Error" not in done.stderr, done.stderr
    said = json.loads(done.stdout)
    assert [one["name"] for one in said["list"]] == [t.name for t in TARGETS] + OTHERS
    by = {one["name"]: one for one in said["list"]}
    assert by[TARGETS[1].name]["program"] == '${workspaceFolder}/cmd/a "b" 商店'
    assert by[TARGETS[2].name]["mode"] == "test"
    assert by[configs.CURSOR]["args"] == ["-test.run", "^$"]
    assert by[configs.ATTACH]["processId"] == by[configs.CORE]["coreFilePath"] == "asked"
    assert (said["remote"]["type"], said["remote"]["port"]) == ("server", configs.PORT)


def test_neovim_without_nvim_dap_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".nvim.lua").write_text(configs.neovim(TARGETS))
    nvim = shutil.which("nvim")
    assert nvim
    argv = [nvim, "--headless", "-u", "NONE", "-c", "luafile .nvim.lua", "-c", "qa!"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


LOAD = """
(progn
  (defvar dape-configs nil)
  (provide 'dape)
  (setq enable-local-variables :all enable-local-eval t)
  (find-file "main.go")
  (princ (json-encode (vconcat (mapcar (lambda (one)
    (vector (symbol-name (car one)) (plist-get (cdr one) :mode) (plist-get (cdr one) :request)
          (let ((value (plist-get (cdr one) :program))) (if (functionp value) "asked" value))
          (or (plist-get (cdr one) 'port) "")))
    (reverse dape-configs))))))
"""


def test_emacs_loads_the_file_with_a_stub_of_dape(tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text("package main\n")
    (tmp_path / ".dir-locals.el").write_text(configs.emacs(TARGETS))
    emacs = shutil.which("emacs")
    assert emacs
    argv = [emacs, "--batch", "-Q", "--eval", "(require 'json)", "--eval", LOAD]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert [one[0] for one in found[-4:]] == ["gomend-test-at-cursor", "gomend-attach", "gomend-remote", "gomend-core"]
    assert [one[1:4] for one in found[:3]] == [
        ["debug", "launch", "."],
        ["debug", "launch", 'cmd/a "b" 商店'],
        ["test", "launch", "."],
    ]
    assert found[-2][1:3] + found[-2][4:] == ["remote", "attach", configs.PORT]
    assert found[-1][3] == "asked"


def test_zed_gets_an_entry_for_each_and_keeps_its_own() -> None:
    old = '[\n  // mine\n  {"label": "shop", "adapter": "Delve", "request": "launch", "program": "x"},\n]\n'
    edits = configs.zed(old, TARGETS)
    text = edits[0].new
    assert text.startswith(old[: old.index("]")].rstrip(",\n"))
    whole = json.loads(configs.zed(None, TARGETS)[0].new)
    assert [one["label"] for one in whole] == [t.name for t in TARGETS] + OTHERS
    assert {one["request"] for one in whole} == {"launch", "attach"}
    assert {one["adapter"] for one in whole} == {"Delve"}
    assert configs.zed(text, TARGETS) == ()
