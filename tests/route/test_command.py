"""``gomend mod route`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gomend.apps.cli.main import run

SCENE = {
    "env": {"GOPROXY": "http://127.0.0.1:{P1},http://127.0.0.1:{P2}"},
    "servers": {"P1": {"default": "status:404"}, "P2": {"default": "status:418"}},
    "files": {"m/keep": ""},
    "command": "go mod download example.com/a@v1.0.0",
}


def test_the_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scene.json"
    path.write_text(json.dumps(SCENE), encoding="utf-8")
    assert run(["mod", "route", "--scenario", str(path), "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["schema"] == "gomend.route/1"
    assert answer["order"] == ["P1", "P2"]
    assert answer["requests"]["P2"] == ["/example.com/a/@v/v1.0.0.info 418"]
    assert (answer["exit"], answer["cause"]) == (1, "proxy-http-error")


def test_a_bad_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scene.json"
    path.write_text(json.dumps({**SCENE, "sevrers": {}}), encoding="utf-8")
    assert run(["mod", "route", "--scenario", str(path), "--format", "json"]) == 2
    said = capsys.readouterr()
    assert "sevrers" in said.err
    assert said.out == ""


def test_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["--what-if", "GOPROXY=https://p.example.com|direct", "--what-if", "GOPRIVATE=corp.example.com"]
    assert (
        run(["mod", "route", "example.com/a", "--lang", "en", "--what-if", "GONOPROXY=", "--what-if", "GOSUMDB=off", *settings])
        == 0
    )
    said = capsys.readouterr().out
    assert "1. The path matches no pattern" in said
    assert "2. Ask https://p.example.com. After any error go on." in said
    assert run(["mod", "route", "corp.example.com/x", "--graph", "mermaid", "--what-if", "GOSUMDB=off", *settings]) == 0
    assert capsys.readouterr().out.startswith("flowchart TD")


def test_nothing_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mod", "route"]) == 2
    assert "--scenario" in capsys.readouterr().err
