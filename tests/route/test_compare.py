"""``--compare``: two environments from files of every kind, the aspects in which they differ, and no secrets."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import jsonschema
import pytest

from gomend.apps.cli.main import run
from gomend.apps.cli.schema import schema

ONE = {"GOPROXY": "https://one.example.com,direct", "GOSUMDB": "off", "GOTOOLCHAIN": "local"}


def written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def differences(
    capsys: pytest.CaptureFixture[str], a: str, b: str, code: int, module: str = "example.com/lib"
) -> dict[str, list[str]]:
    assert run(["mod", "route", module, "--compare", a, b, "--format", "json"]) == code
    answer = json.loads(capsys.readouterr().out)
    jsonschema.validate(answer, schema("gomend.decision/1"))
    assert answer["same"] is (code == 0)
    return {d["aspect"]: [d["a"], d["b"]] for d in answer.get("differences", [])}


def test_the_same_environment_written_in_every_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = "".join(f"{k}={v}\n" for k, v in ONE.items())
    files = [
        written(tmp_path, "goenv", lines),
        written(tmp_path, "a.env", "# a comment\n" + "".join(f'export {k}="{v}"\n' for k, v in ONE.items())),
        written(tmp_path, "shell.txt", "".join(f"{k}='{v}'\n" for k, v in ONE.items())),
        written(tmp_path, "env.json", json.dumps(ONE)),
        written(tmp_path, "scene.json", json.dumps({"env": ONE, "command": "go env"})),
    ]
    for other in files[1:]:
        assert differences(capsys, files[0], other, 0) == {}


def test_what_go_env_prints_is_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, more in (("text", ()), ("json", ("-json",))):
        said = subprocess.run(
            ["go", "env", *more], capture_output=True, text=True, check=True, env={**os.environ, "GOTOOLCHAIN": "local"}
        )
        assert differences(capsys, "here", written(tmp_path, name, said.stdout), 0) == {}


@pytest.mark.parametrize(
    ("change", "aspects"),
    [
        ({"GOPROXY": "https://two.example.com,direct"}, {"servers", "leak"}),
        ({"GOPROXY": "https://one.example.com|direct"}, {"fall-through"}),
        ({"GOPRIVATE": "example.com"}, {"servers", "fall-through", "leak", "private", "origin"}),
        ({"GOSUMDB": "sum.example.com+255c3752+AUxtWWSAWLsO7v98Jcs3PE7QT5WqQ4SxeGg+s2+peBd+"}, {"sums", "leak"}),
        ({"GOPROXY": "https://joe:hunter2@one.example.com,direct"}, {"servers", "leak", "credentials"}),
        ({"GOTOOLCHAIN": "go1.99.1"}, {"toolchain"}),
        ({"GOVCS": "public:off"}, {"origin"}),
        ({"GOFLAGS": "-mod=vendor"}, {"vendor"}),
    ],
)
def test_each_setting_shows_where_it_matters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, str], aspects: set[str]
) -> None:
    a = written(tmp_path, "a.json", json.dumps(ONE))
    b = written(tmp_path, "b.json", json.dumps({**ONE, **change}))
    found = differences(capsys, a, b, 1)
    assert set(found) >= aspects
    assert not any("hunter2" in word for pair in found.values() for word in pair)
    assert run(["mod", "route", "example.com/lib", "--compare", a, b]) == 1
    assert "hunter2" not in capsys.readouterr().out


def test_all_modules_of_a_project(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "go.mod", "module m\n\ngo 1.24\n\nrequire (\n\tcorp.example.com/a v1.0.0\n\texample.com/b v1.0.0\n)\n")
    a = written(tmp_path, "a.env", "".join(f"{k}={v}\n" for k, v in ONE.items()))
    b = written(tmp_path, "b.env", "".join(f"{k}={v}\n" for k, v in ONE.items()) + "GOPRIVATE=corp.example.com\n")
    monkeypatch.chdir(tmp_path)
    assert run(["mod", "route", "--compare", a, b, "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)["differences"]
    assert {name for d in found for name in d["modules"]} == {"corp.example.com/a@v1.0.0"}


def test_bad_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (str(tmp_path / "nothing"), written(tmp_path, "empty", "hello\n"), str(tmp_path)):
        assert run(["mod", "route", "example.com/a", "--compare", "here", path]) == 2
        assert path in capsys.readouterr().err
