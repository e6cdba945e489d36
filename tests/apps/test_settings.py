"""gomend.toml at work: severities, ignores, comments with reasons; recordings that replay; watching."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

GOMEND = [sys.executable, "-m", "gomend"]


@pytest.fixture
def project(tmp_path: Path, home: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/x\n\ngo 1.21\n\nrequire corp.example.com/pay v1.0.0\n")
    (folder / "main.go").write_text("package main\n\nfunc main() {}\n")
    settings(folder)
    return folder


def settings(project: Path, more: str = "") -> None:
    (project / "gomend.toml").write_text(f"private = ['corp.example.com']\nselect = ['GM104']\noffline = true\n{more}")


def check(project: Path, *words: str) -> tuple[int, dict[str, object], str]:
    done = subprocess.run(
        [*GOMEND, "check", "--format", "json", *words], cwd=project, capture_output=True, text=True, check=False
    )
    return done.returncode, json.loads(done.stdout), done.stderr


def test_select_comes_from_the_file(project: Path) -> None:
    code, answer, _ = check(project)
    assert code == 1
    assert [f["code"] for f in answer["findings"]] == ["GM104"]  # type: ignore[attr-defined,index]


def test_ignore(project: Path) -> None:
    settings(project, "ignore = ['private-via-public-proxy']\n")
    assert check(project)[0] == 0


@pytest.mark.parametrize(("severity", "code"), [("warning", 0), ("info", 0), ("error", 1)])
def test_severity(project: Path, severity: str, code: int) -> None:
    settings(project, f"[severity]\nprivate-via-public-proxy = '{severity}'\n")
    exit_code, answer, _ = check(project)
    assert exit_code == code
    assert answer["findings"][0]["severity"] == severity  # type: ignore[index]


def test_fail_on(project: Path) -> None:
    settings(project, "fail-on = 'warning'\n[severity]\nGM104 = 'warning'\n")
    assert check(project)[0] == 1
    assert check(project, "--fail-on", "error")[0] == 0


def test_ignore_path(project: Path) -> None:
    settings(project, "[[ignore-path]]\npath = 'go.*'\nrules = ['GM104']\nreason = 'known'\n")
    assert check(project)[0] == 0
    settings(project, "[[ignore-path]]\npath = 'other/*'\nrules = ['GM104']\nreason = 'known'\n")
    assert check(project)[0] == 1


@pytest.mark.parametrize("place", ["same", "above"])
def test_comment_with_a_reason(project: Path, place: str) -> None:
    comment = "// gomend:ignore GM104 it moved to the public mirror"
    require = "require corp.example.com/pay v1.0.0"
    text = f"{require} {comment}" if place == "same" else f"{comment}\n{require}"
    (project / "go.mod").write_text(f"module example.com/x\n\ngo 1.21\n\n{text}\n")
    code, answer, err = check(project)
    assert (code, answer["findings"], err) == (0, [], "")


def test_comment_without_a_reason_silences_nothing(project: Path) -> None:
    (project / "go.mod").write_text(
        "module example.com/x\n\ngo 1.21\n\nrequire corp.example.com/pay v1.0.0 // gomend:ignore GM104\n"
    )
    code, _, err = check(project)
    assert code == 1
    assert "go.mod:5" in err
    assert "needs a reason" in err


def test_comment_for_another_rule(project: Path) -> None:
    (project / "go.mod").write_text(
        "module example.com/x\n\ngo 1.21\n\nrequire corp.example.com/pay v1.0.0 // gomend:ignore GM105 because of x\n"
    )
    assert check(project)[0] == 1


def test_language_from_the_file_and_the_environment(project: Path) -> None:
    def title(*words: str, **env: str) -> str:
        done = subprocess.run(
            [*GOMEND, "check", "--format", "json", *words],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **env},
        )
        return str(json.loads(done.stdout)["findings"][0]["title"])

    english = title()
    settings(project, "language = 'zh-CN'\n")
    chinese = title()
    assert chinese != english
    assert title("--lang", "en") == english
    settings(project)
    assert title(GOMEND_LANG="zh_CN") == title(LC_ALL="zh_CN.UTF-8") == chinese


def test_recording_replays_to_the_same_answer(project: Path, tmp_path: Path) -> None:
    record = tmp_path / "record"
    _, recorded, _ = check(project, "--record", str(record), "--select", "GM0,GM1")
    (project / "go.mod").write_text("module example.com/other\n")
    code, replayed, err = check(project, "--replay", str(record), "--select", "GM0,GM1")
    assert replayed == recorded
    assert code == 1, err


def test_settings_schema_is_shipped(project: Path) -> None:
    done = subprocess.run([*GOMEND, "schema", "toml"], capture_output=True, text=True, check=False)
    done = (
        done
        if done.returncode == 0
        else subprocess.run([*GOMEND, "schema", "gomend.toml"], capture_output=True, text=True, check=True)
    )
    schema = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({"private": ["a"], "fail-on": "error"}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"privat": ["a"]}, schema)


def test_watch_checks_again_when_a_file_changes(project: Path) -> None:
    with subprocess.Popen(
        [*GOMEND, "check", "--watch"], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        first = [child.stdout.readline() for _ in range(3)]
        assert any("GM104" in line for line in first)
        (project / "go.mod").write_text("module example.com/x\n\ngo 1.21\n")
        deadline = time.monotonic() + 20
        seen = ""
        while "rules clean" not in seen and time.monotonic() < deadline:
            seen = child.stdout.readline()
        assert "Nothing wrong" in seen or "rules clean" in seen
        child.terminate()
        child.communicate(timeout=20)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    done = subprocess.run([*GOMEND, "completion", shell], capture_output=True, text=True, check=True)
    assert "_GOMEND_COMPLETE" in done.stdout


def test_completion_completes() -> None:
    env = {**os.environ, "_GOMEND_COMPLETE": "bash_complete", "COMP_WORDS": "gomend ex", "COMP_CWORD": "1"}
    script = "from gomend.apps.cli.main import entry; entry()"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, env=env)
    assert "explain" in done.stdout
