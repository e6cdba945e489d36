"""``gomend mod plan`` as a person runs it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import msgspec
import pytest

from gomend.apps import planning
from gomend.apps.cli.main import run
from gomend.apps.cli.schema import schema
from gomend.lab import scenario, stage
from gomend.modules.planning.needs import Needs, Server
from gomend.ports.http import Ask, Reply
from tests.modules.planning.teams import DEFAULTS

ROOT = Path(__file__).parents[3]
PLANS = ROOT / "examples" / "plans"


@pytest.fixture(autouse=True)
def alone(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of this machine, no project."""
    for name in ("GOPROXY", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOSUMDB", "GOTOOLCHAIN", "NETRC", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert run(["mod", "plan", *words, "--as", "json"]) == 0
    made = json.loads(capsys.readouterr().out)
    jsonschema.validate(made, schema("gomend.plan-modules/1"))
    return made


def values(made: dict[str, object]) -> dict[str, str]:
    return {line["name"]: line["value"] for line in made["settings"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", sorted(PLANS.glob("*.toml")), ids=lambda p: p.stem)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_example(path: Path, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = answer(capsys, "--team", str(path), "--lang", language)
    assert made["schema"] == "gomend.plan-modules/1"
    assert all(line["why"] and line["section"] for line in made["settings"])  # type: ignore[attr-defined]
    team = json.loads(msgspec.json.encode(tomllib.loads(path.read_text(encoding="utf-8"))))
    jsonschema.validate(team, schema("team.toml"))
    assert run(["mod", "plan", "--team", str(path), "--lang", language]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert all(f"  {name}={value}\n" in said.out for name, value in values(made).items())


def test_options_say_the_same_as_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    said = ["--private", "git.corp.example.com", "--company", "https://goproxy.corp.example.com", "--via", "proxy"]
    by_file = answer(capsys, "--team", str(PLANS / "air-gap.toml"))
    by_words = answer(capsys, *said, "--network", "air-gap", "--no-toolchains", "--place", "ci")
    assert values(by_words) == values(by_file)


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ('netwrk = "open"', "netwrk: unknown key; did you mean 'network'?"),
        ('network = "none"', "network: invalid enum value 'none'"),
        ("[[private]]\npath = ['x']", "private[0].path: unknown key"),
        ("[[private]]\npaths = []", "private[0].paths: name at least one"),
        ("[[private]]\npaths = ['https://git.example.com']", "private[0].paths: 'https://git.example.com' is no pattern"),
        ("[[server]]\nurl = 'goproxy'", "server[0].url: 'goproxy' is not a URL"),
        ("[[server]]\nurl = 'https://x.test:port'", "server[0].url: 'https://x.test:port' is not a URL"),
        ("[[server]]\nurl = 'https://joe:hunter2pw@x.test'", "server[0].url: 'https://REDACTED@x.test' carries credentials"),
        ("[[server]]\nurl = 'http://x.test'\nlogin = true", "server[0].login: go sends credentials over https only"),
        ("[[server]]\nurl = 3", "server[0].url: expected `str`"),
        ("server = 3", "server: expected `array`"),
        ("bundle = 'here'", "bundle: 'here' is not an absolute folder"),
        ("network = ", "not valid TOML"),
    ],
)
def test_a_bad_file_is_refused_by_key(toml: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "team.toml"
    file.write_text(toml, encoding="utf-8")
    assert run(["mod", "plan", "--team", str(file), "--lang", "en"]) == 2
    said = capsys.readouterr()
    assert f"{file}: {told}" in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--network", "air-gap"], "no server of the company and no bundle"),
        (["--network", "air-gap", "--mirror", "https://m.example.com"], "is no server of the company"),
        (["--network", "default-blocked"], "no server is named"),
        (["--private", "x.test", "--via", "proxy"], "which one holds them"),
        (["--private", "*"], "match public modules too"),
        (["--network", "air-gap", "--company", "https://p.test", "--toolchains"], "never takes a toolchain without it"),
        (["--team", "nowhere.toml"], "nowhere.toml: No such file"),
        (["--ask"], "--ask needs a terminal"),
    ],
)
def test_contradictions(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mod", "plan", "--lang", "en", *words]) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert said.out == ""


def test_apply_and_undo(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run(["go", "env", "-w", "GOPRIVATE=old.test", "GOSUMDB=off"], check=True)
    file = Path(subprocess.run(["go", "env", "GOENV"], capture_output=True, text=True, check=True).stdout.strip())
    assert file.is_relative_to(home)
    before = file.read_bytes()
    words = ["mod", "plan", "--team", str(PLANS / "ci.toml"), "--as", "go-env", "--apply", "--lang", "en"]
    assert run(words) == 0
    assert "Nothing was written" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert run([*words, "--yes"]) == 0
    assert "settings written" in capsys.readouterr().err
    made = answer(capsys, "--team", str(PLANS / "ci.toml"))
    assert made["changes"] == []
    assert file.read_bytes() != before
    assert run(["undo"]) == 0
    assert file.read_bytes() == before


def test_the_process_environment_wins(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("GOPRIVATE", "elsewhere.test")
    made = answer(capsys, "--private", "git.corp.test", "--network", "open", "--lang", "en")
    assert made["open"] == ["GOPRIVATE is set in the process environment, which wins over go env -w: change it there."]
    assert run(["mod", "plan", "--private", "git.corp.test", "--network", "open", "--apply", "--yes", "--lang", "en"]) == 0
    assert "Nothing to write." in capsys.readouterr().err


def test_the_project_tells(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("go.mod").write_text(
        "module git.corp.test/team/x\n\ngo 1.21\n\nrequire code.other.test/a/b v1.0.0\n", encoding="utf-8"
    )
    (home / ".netrc").write_text(
        "machine git.corp.test login joe password hunter2pw\nmachine code.other.test login a password b1\n"
    )
    made = answer(capsys, "--network", "open", "--lang", "en")
    assert values(made) == {"GOPRIVATE": "git.corp.test/team"}
    assert any("code.other.test" in text for text in made["open"])  # type: ignore[attr-defined]
    subprocess.run(
        ["git", "config", "--global", "url.ssh://git@git.corp.test/.insteadOf", "https://git.corp.test/"], check=True
    )
    made = answer(capsys, "--network", "open", "--lang", "en")
    assert [extra["kind"] for extra in made["extras"]] == ["git"]  # type: ignore[attr-defined]


def test_probes_are_believed(capsys: pytest.CaptureFixture[str]) -> None:
    """One mirror passes the database on, one does not, one is not there."""
    scene = {
        "id": "probe",
        "servers": {"P1": {}, "P2": {"rules": [["^/sumdb/", "status:404"]]}, "P3": {"refused": True}},
    }
    with stage.staged(scenario.load(scene)) as laid:
        urls = [f"http://127.0.0.1:{laid.ports[name]}" for name in ("P1", "P2", "P3")]
        team = Path("team.toml")
        servers = "".join(f'[[server]]\nurl = "{url}"\n' for url in urls)
        team.write_text(f'network = "default-blocked"\n[sumdb]\nname = "{laid.database.key}"\n{servers}', encoding="utf-8")
        made = answer(capsys, "--team", str(team), "--probe", "--lang", "en")
    assert values(made)["GOPROXY"] == f"{'|'.join(urls)},direct"
    assert made["outages"]["none"]["new"]["verified"] == "sumdb"  # type: ignore[index]
    down = [text for text in made["open"] if "did not answer" in text]  # type: ignore[attr-defined]
    assert len(down) == 1
    assert urls[2] in down[0]
    assert "refused" in down[0]


@pytest.mark.parametrize(("problem", "network"), [("", "open"), ("timeout", "default-blocked")])
def test_a_probe_tells_the_network(problem: str, network: str) -> None:
    asked = []

    class Told:
        async def ask(self, ask: Ask) -> Reply:
            asked.append(ask.url)
            down = problem if "proxy.example.org" in ask.url else ""
            return Reply(url=ask.url, status=None if down else 200, problem=down)

    doors = SimpleNamespace(http=Told())
    desk: Any = SimpleNamespace(defaults=DEFAULTS, session=SimpleNamespace(doors=doors))
    needs, more = planning.probe(Needs(server=(Server(url="https://mirror.test/go/"),)), desk)
    assert needs.network == network
    assert needs.server[0].sumdb is True
    assert more == ()
    name = DEFAULTS["GOSUMDB"].partition("+")[0]
    assert sorted(asked) == [f"https://{host}/sumdb/{name}/supported" for host in ("mirror.test/go", "proxy.example.org")]
    asked.clear()
    planning.probe(msgspec.structs.replace(needs, network="air-gap"), desk)
    assert asked == [f"https://mirror.test/go/sumdb/{name}/supported"]


def test_ask_on_a_terminal(home: Path) -> None:
    """Questions on the terminal, the answer on standard output."""
    leader, follower = pty.openpty()
    answers = "git.corp.test\ngit-ssh\nopen\n\n\nn\n"
    words = [sys.executable, "-m", "gomend", "mod", "plan", "--ask", "--as", "shell", "--lang", "en"]
    process = subprocess.Popen(
        words, stdin=follower, stderr=follower, stdout=subprocess.PIPE, env={**os.environ, "TERM": "dumb"}
    )
    os.write(leader, answers.encode())
    out, _ = process.communicate(timeout=60)
    os.close(follower)
    os.close(leader)
    assert process.returncode == 0
    assert "export GOPRIVATE=git.corp.test\n" in out.decode()


def test_the_page_of_outages_is_what_the_model_says() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "outages.py"), "--check"], check=False)
    assert done.returncode == 0, "run tools/outages.py"
