"""``gomend mod route`` on the command line: the scenario contract, and the decision of this machine with its origins."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from gomend.apps.cli.main import gomend, run
from gomend.apps.cli.schema import schema
from gomend.lab.spec import Scenario, Spec
from gomend.lab.stage import staged

SCENE = {
    "env": {"GOPROXY": "http://127.0.0.1:{P1},http://127.0.0.1:{P2}"},
    "servers": {"P1": {"default": "status:404"}, "P2": {"default": "status:418"}},
    "files": {"m/keep": ""},
    "command": "go mod download example.com/a@v1.0.0",
}


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(["mod", "route", *arguments, "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, schema("gomend.decision/1"))
    return found


def kinds(found: dict[str, Any]) -> list[str]:
    return [step["kind"] for step in found["steps"]]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home without settings, and an empty folder to stand in."""
    for name in [n for n in os.environ if n.startswith("GO") and n != "GOROOT"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GOENV", str(tmp_path / "goenv"))
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GOTOOLCHAIN", "local")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    return tmp_path


def test_the_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scene.json"
    path.write_text(json.dumps(SCENE), encoding="utf-8")
    assert run(["mod", "route", "--scenario", str(path), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "gomend.route/1"
    assert found["order"] == ["P1", "P2"]
    assert found["requests"]["P2"] == ["/example.com/a/@v/v1.0.0.info 418"]
    assert (found["exit"], found["cause"]) == (1, "proxy-http-error")


def test_a_bad_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scene.json"
    path.write_text(json.dumps({**SCENE, "sevrers": {}}), encoding="utf-8")
    assert run(["mod", "route", "--scenario", str(path), "--format", "json"]) == 2
    said = capsys.readouterr()
    assert "sevrers" in said.err
    assert said.out == ""


def test_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["--what-if", "GOPROXY=https://p.example.com|direct", "--what-if", "GOPRIVATE=corp.example.com"]
    more = ["--what-if", "GONOPROXY=", "--what-if", "GOSUMDB=off", "--what-if", "GOFLAGS="]
    assert run(["mod", "route", "example.com/a", "--lang", "en", *more, *settings]) == 0
    said = capsys.readouterr().out
    assert "The path matches no pattern" in said
    assert "Ask https://p.example.com. After any error go on." in said
    assert "GOPROXY=https://p.example.com|direct  (pretended with --what-if)" in said
    assert run(["mod", "route", "corp.example.com/x", "--graph", "mermaid", "--what-if", "GOSUMDB=off", *settings]) == 0
    assert "flowchart TD" in capsys.readouterr().out


def test_where_a_setting_comes_from(bare: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (bare / "goenv").write_text("GOPROXY=https://p.example.com,direct\nGONOSUMDB=example.com/a\n", encoding="utf-8")
    monkeypatch.setenv("GOPRIVATE", "*.corp.example.com,example.com/b")
    steps = {s["kind"]: s for s in answer(capsys, "example.com/a@v1.0.0")["steps"]}
    assert (steps["server"]["origin"], steps["server"]["where"]) == ("go env -w", str(bare / "goenv"))
    assert (steps["public"]["variable"], steps["public"]["origin"]) == ("GOPRIVATE", "environment")
    assert (steps["sumdb-off"]["variable"], steps["sumdb-off"]["origin"]) == ("GONOSUMDB", "go env -w")
    private = {s["kind"]: s for s in answer(capsys, "example.com/b/sub@v1.0.0")["steps"]}
    assert "matches example.com/b:" in private["private"]["text"]
    assert private["direct"]["requests"] == ["https://example.com/b/sub?go-get=1"]
    assert "server" not in private


def test_the_project_decides_too(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = """module example.com/me

go 1.24

require (
	example.com/lib v1.2.3
	example.com/other v1.0.0
)

exclude example.com/lib v1.2.4

replace example.com/other => ../other
"""
    (bare / "project/go.mod").write_text(text, encoding="utf-8")
    found = answer(capsys, "example.com/lib", "--what-if", "GOPROXY=https://p.example.com")
    assert found["query"] == "v1.2.3"
    excluded = answer(capsys, "example.com/lib@v1.2.4")["steps"]
    assert [s["origin"] for s in excluded if s["kind"] == "excluded"] == ["go.mod:10"]
    replaced = answer(capsys, "example.com/other")["steps"]
    assert (replaced[-1]["kind"], replaced[-1]["origin"], replaced[-1]["ends"]) == ("replaced", "go.mod:12", True)
    assert kinds(answer(capsys, "example.com/me"))[-1] == "main"
    work = "go 1.24\n\nuse ./project\n\nreplace example.com/lib => ./lib\n"
    (bare / "go.work").write_text(work, encoding="utf-8")
    over = answer(capsys, "example.com/lib")["steps"]
    assert [s["kind"] for s in over] == ["toolchain", "workspace", "replaced"]
    assert over[-1]["origin"] == "go.work:5"


def test_a_module_of_the_workspace_is_not_fetched(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bare / "project/go.mod").write_text("module example.com/me\n\ngo 1.24\n", encoding="utf-8")
    (bare / "other").mkdir()
    (bare / "other/go.mod").write_text("module example.com/other\n\ngo 1.24\n", encoding="utf-8")
    (bare / "go.work").write_text("go 1.24\n\nuse (\n\t./project\n\t./other\n)\n", encoding="utf-8")
    last = answer(capsys, "example.com/other")["steps"][-1]
    assert (last["variable"], last["value"], last["origin"], last["ends"]) == ("use", "./other", "go.work:5", True)


@pytest.mark.parametrize(
    ("setting", "go_line", "text", "ends"),
    [
        ("local", "1.99.0", "every command stops", True),
        ("auto", "1.99.0", "go first fetches that toolchain", False),
        ("path", "1.99.0", "looks for go1.99.0 on PATH and fetches none", False),
        ("go1.99.0", "1.21", "go1.99.0 is wanted by name", False),
        ("auto", "1.21", "no other toolchain is fetched", False),
    ],
)
def test_which_go_does_the_work(
    bare: Path, capsys: pytest.CaptureFixture[str], setting: str, go_line: str, text: str, ends: bool
) -> None:
    (bare / "project/go.mod").write_text(f"module m\n\ngo {go_line}\n", encoding="utf-8")
    step = answer(capsys, "example.com/a@v1.0.0", "--what-if", f"GOTOOLCHAIN={setting}")["steps"][0]
    assert (step["kind"], step["ends"]) == ("toolchain", ends)
    assert text in step["text"]


def test_logins_are_named_and_never_shown(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bare / "netrc").write_text("machine p.example.com login joe password hunter2pw\n", encoding="utf-8")
    settings = ["--what-if", "GOPROXY=https://p.example.com,https://ann:s3cretpw@q.example.com,http://x:y1234567@r.example.com"]
    assert run(["mod", "route", "example.com/a", *settings]) == 0
    said = capsys.readouterr().out
    assert "The login of machine p.example.com goes to p.example.com" in said
    assert "The login in the URL goes to q.example.com" in said
    assert "r.example.com is asked over plain http with a login in the URL: go refuses." in said
    assert not any(secret in said for secret in ("hunter2pw", "s3cretpw", "y1234567", "ann"))


def test_three_hundred_modules_give_a_short_answer(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"\t{'corp' if i % 10 == 0 else 'pub'}.example.com/m{i} v1.0.0\n" for i in range(300)]
    (bare / "project/go.mod").write_text("module m\n\ngo 1.24\n\nrequire (\n" + "".join(lines) + ")\n", encoding="utf-8")
    settings = ["--what-if", "GOPROXY=https://p.example.com,direct", "--what-if", "GOPRIVATE=corp.example.com"]
    groups = answer(capsys, *settings)["groups"]
    assert [len(g["modules"]) for g in groups] == [270, 30]
    assert [any(s["kind"] == "private" for s in g["steps"]) for g in groups] == [False, True]
    assert run(["mod", "route", *settings]) == 0
    assert len(capsys.readouterr().out.splitlines()) < 40


def test_nothing_asked(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del bare
    assert run(["mod", "route"]) == 2
    assert "go.mod" in capsys.readouterr().err
    for wrong in (["--what-if", "GOPROXI=direct"], ["--what-if", "GOPROXY"]):
        assert run(["mod", "route", "example.com/a", *wrong]) == 2
        assert wrong[1] in capsys.readouterr().err or "GOPROXI" in wrong[1]


# The requests, against the real go -----------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["v1.0.0", "v1.1.0", "latest", "master"])
@pytest.mark.parametrize("module", ["example.com/a", "example.com/UP/Case", "example.com/multi"])
def test_the_requests_are_those_of_the_real_go(module: str, query: str) -> None:
    """Where no version is known before asking, ``VERSION`` stands for it."""
    scene = Scenario(
        id="x",
        servers={"P1": Spec()},
        env={"GOPROXY": "http://127.0.0.1:{P1}", "GOSUMDB": "{KEY}"},
        files={"m/keep": ""},
        command=f"go mod download {module}@{query}",
    )
    with staged(scene) as stage:
        done = CliRunner().invoke(
            gomend, ["mod", "route", f"{module}@{query}", "--format", "json"], env=stage.environ, standalone_mode=False
        )
        steps = json.loads(done.stdout)["steps"]
        base = f"http://127.0.0.1:{stage.ports['P1']}"
        said = [url.removeprefix(base) for step in steps for url in step["requests"]]
        seen = stage.perform()
    if seen.exit != 0:
        assert query == "v1.1.0"  # not every module has that version: then go stops early, and a healthy run is no measure
        return
    real = [entry.rpartition(" ")[0] for entry in seen.requests["P1"]]
    versions = {part.rpartition("/")[2].rpartition(".")[0] for part in real if part.endswith(".zip")}
    plain = [_plain(entry, versions, query) for entry in real]
    assert sorted(set(plain)) == sorted(set(said))


def _plain(entry: str, versions: set[str], query: str) -> str:
    for version in versions - {query}:
        entry = entry.replace(version, "VERSION")
    head, tile, _ = entry.partition("/tile/8/0/")
    return head + tile + "…" if tile else entry


def test_what_is_cached_and_known_is_not_asked_for(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = Scenario(
        id="x",
        servers={"P1": Spec()},
        env={"GOPROXY": "http://127.0.0.1:{P1}", "GOSUMDB": "{KEY}"},
        files={
            "m/go.mod": "module m\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n",
            "m/m.go": 'package m\n\nimport _ "example.com/a"\n',
        },
        command="go mod tidy",
    )
    del bare, capsys
    with staged(scene) as stage:
        assert stage.perform().exit == 0
        arguments = ["mod", "route", "example.com/a", "--format", "json"]

        def steps() -> list[dict[str, Any]]:
            done = CliRunner().invoke(gomend, arguments, env=stage.environ, standalone_mode=False)
            found: list[dict[str, Any]] = json.loads(done.stdout)["steps"]
            return found

        before = Path.cwd()
        os.chdir(stage.project)
        try:
            warm = steps()
            assert [s["ends"] for s in warm if s["kind"] == "cache"] == [False]
            assert [url.rpartition(".")[2] for s in warm for url in s["requests"]] == ["info"]
            subprocess.run(["go", "mod", "download"], env=stage.environ, check=True)
            assert (steps()[-1]["kind"], steps()[-1]["ends"]) == ("cache", True)
            subprocess.run(["go", "clean", "-modcache"], env=stage.environ, check=True)
            cold = steps()
        finally:
            os.chdir(before)
        assert "sums" in [s["kind"] for s in cold]
        asked = [url for s in cold for url in s["requests"]]
        stage.journal.clear()
        subprocess.run(["go", "mod", "download", "example.com/a@v1.0.0"], cwd=stage.project, env=stage.environ, check=True)
        base = f"http://127.0.0.1:{stage.ports['P1']}"
        assert [u.removeprefix(base) for u in asked] == [e.rpartition(" ")[0] for e in stage.journal.requests["P1"]]
