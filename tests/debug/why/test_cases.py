"""Every cause, made with the real go, asked of ``gomend debug why``, and its fix proved in the real dlv."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
TOOLS = HERE.parents[2] / ".cache" / "tools" / "bin"
CASES: list[dict[str, Any]] = json.loads((HERE / "cases.json").read_text())
OFTEN = {
    "control", "trimpath", "trimpath-replace", "windows-upper", "work-on", "mod-not-vendor", "type", "inlined", "goos", "stale-shift", "strip",
    "goflags-w", "debuglink", "unused", "linedir", "test", "tag", "symlink", "uri", "order", "container", "std-trim", "s-w0", "crc", "crlf",
    "lang", "cgo-c-no-g", "noall-dep", "nested-module", "plugin",
}  # fmt: skip
"""One a cause; the others are tried by ``make test-full``."""


def _filled(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, str):
        return re.sub(r"\$(GOMODCACHE|GOROOT|W|S)\b", lambda m: words[m[1]], value)
    if isinstance(value, list):
        return [_filled(v, words) for v in value]
    return {k: _filled(v, words) for k, v in value.items()} if isinstance(value, dict) else value


def _lines(wanted: dict[str, Any]) -> list[int]:
    if "lines" in wanted:
        return list(wanted["lines"])
    source = Path(wanted.get("src", wanted["file"])).read_text().split("\n")
    if "grep" in wanted:
        return [next(n for n, line in enumerate(source) if wanted["grep"] in line) + 2]
    return [next(n for n, line in enumerate(source) if re.search(rf"BP:{mark}(?![\w-])", line)) + 1 for mark in wanted["marks"]]


def answer(case: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """What gomend says of a case."""
    env = {**os.environ, "GOFLAGS": "-buildvcs=false", "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}
    asked = {
        n: subprocess.run(["go", "env", n], capture_output=True, text=True, check=True, env=env).stdout.strip()
        for n in ("GOMODCACHE", "GOROOT")
    }
    words = {"W": str(folder), "S": str(folder / "src"), **asked}
    shutil.copytree(HERE / "projects" / case["project"], folder / "src")
    for line in (*case.get("pre", ()), *case["build"]):
        subprocess.run(["sh", "-c", _filled(line, words)], check=True, env=env, capture_output=True)
    wanted = _filled(case["breakpoints"], words)
    question = {
        "build": _filled(case["build"], words),
        "launch": _filled(case["launch"], words),
        "breakpoints": [{"file": b["file"], "lines": _lines(b)} for b in wanted],
        "cwd": _filled(case.get("cwd", "$W"), words),
        "env": case.get("env", {}),
    }
    file = folder / "ask.json"
    file.write_text(json.dumps(question))
    done = subprocess.run(
        [sys.executable, "-m", "gomend", "debug", "why", "--launch", str(file), "--run", "--format", "json"],
        capture_output=True, text=True, check=False, env=env,
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["breakpoints"]
    return found


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=c["id"], marks=() if c["id"] in OFTEN else pytest.mark.full) for c in CASES]
)
def test_the_cause_is_named_and_its_fix_binds(case: dict[str, Any], tmp_path: Path) -> None:
    found = answer(case, tmp_path)
    causes = [b["cause"] for b in found]
    assert next((c for c in causes if c != "none"), "none") == case["cause"], found
    if case["cause"] == "none":
        assert all(b["bound"] for b in found), found
    if case.get("mended", True):
        assert all(b["verified"] for b in found), found


def test_the_frequent_ones_cover_what_they_say() -> None:
    assert {c["id"] for c in CASES} >= OFTEN
