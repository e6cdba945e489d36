"""`gomend mod route MODULE`: the decision for this machine, and the variable behind each step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def route(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "gomend", "mod", "route", *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False, cwd=cwd, env={**os.environ, **env})


def steps(*words: str, cwd: Path, **env: str) -> list[tuple[str, str]]:
    answer = json.loads(route(*words, "--format", "json", cwd=cwd, **env).stdout)
    return [(step["variable"], step["value"]) for step in answer["steps"]]


LIST = "https://a.example.com,https://b.example.com|direct"


def test_the_list_in_order(tmp_path: Path, home: Path) -> None:
    found = steps("example.com/x", cwd=tmp_path, GOPROXY=LIST)
    names = [name for name, _ in found]
    assert names.index("GOPRIVATE") < names.index("GOPROXY") < names.index("GOSUMDB")
    assert names.count("GOPROXY") >= 2
    text = route("example.com/x", cwd=tmp_path, GOPROXY=LIST).stdout
    assert text.index("a.example.com. After 404 or 410") < text.index("b.example.com. After any error") < text.index("origin")


def test_a_private_module_asks_nobody(tmp_path: Path, home: Path) -> None:
    found = steps("git.corp.example/x", cwd=tmp_path, GOPROXY=LIST, GOPRIVATE="*.example")
    names = [name for name, _ in found]
    assert {"GOPRIVATE", "GOVCS"} <= set(names)
    assert "GOPROXY" not in names


def test_what_if(tmp_path: Path, home: Path) -> None:
    found = steps("example.com/x", "--what-if", "GOPROXY=off", cwd=tmp_path, GOPROXY=LIST)
    assert ("GOPROXY", "off") in found


def test_no_secret_is_shown(tmp_path: Path, home: Path) -> None:
    done = route("example.com/x", "--graph", "mermaid", cwd=tmp_path, GOPROXY="https://me:hunter2hunter2@a.example.com")
    assert "hunter2" not in done.stdout
    assert "\nflowchart TD\n" in f"\n{done.stdout}"


@pytest.mark.parametrize("words", [(), ("example.com/x", "--what-if", "nonsense")], ids=["nothing", "what-if"])
def test_wrong_words(tmp_path: Path, home: Path, words: tuple[str, ...]) -> None:
    done = route(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("gomend: ")


def test_without_go_it_says_so(tmp_path: Path, home: Path) -> None:
    done = route("example.com/x", cwd=tmp_path, PATH="/nowhere")
    assert done.returncode == 2
    assert done.stderr == "gomend: go is not on PATH\n"
