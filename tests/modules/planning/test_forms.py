"""Each form, used by the program that it is for, as far as that can be done here."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from gomend.model.text import Translator
from gomend.modules.planning import needs, settings, writers
from gomend.modules.planning.changes import changes
from tests.modules.planning.teams import DEFAULTS

ROOT = Path(__file__).parents[3]
TEAMS = {path.stem: needs.read(path.read_bytes()) for path in sorted((ROOT / "examples" / "plans").glob("*.toml"))}
MIXED = needs.read(
    b"""
network = "open"
toolchains = true
origin = "never"
[[server]]
url = "https://goproxy.corp.test/go"
company = true
private = true
login = true
[[private]]
paths = ["git.corp.test/team", "h[ab].corp.test"]
via = "git-ssh"
[[private]]
paths = ["old.corp.test"]
via = "git-http"
vcs = "svn"
[[private]]
paths = ["mods.corp.test"]
via = "proxy"
"""
)
TEAMS["mixed"] = MIXED
LANGUAGES = ("en", "zh-CN")
CASES = [(name, language) for name in TEAMS for language in LANGUAGES]


def form(name: str, team: str, language: str = "en", now: dict[str, str] | None = None) -> str:
    plan = settings.plan(TEAMS[team], DEFAULTS)
    return writers.write(name, plan, changes(plan, now or {}), Translator(language))


def wanted(team: str) -> dict[str, str]:
    return {line.name: line.value for line in settings.plan(TEAMS[team], DEFAULTS).lines}


def hosts(team: str) -> list[str]:
    return [extra.host for extra in settings.plan(TEAMS[team], DEFAULTS).extras if extra.kind == "netrc"]


def run(script: str, **environ: str) -> str:
    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", script],
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(("team", "language"), CASES)
def test_go_env_and_back(team: str, language: str, tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("GOFLAGS=-mod=mod -modcacherw\nGOPRIVATE=old.test\nGOPROXY=https://old.test|direct\n", encoding="utf-8")
    before = file.read_bytes()
    now = dict(line.split("=", 1) for line in before.decode().splitlines())
    text = form("go-env", team, language, now)
    environ = {"GOENV": str(file), "HOME": str(tmp_path), "GOTOOLCHAIN": "local"}
    run(text, **environ)
    written = dict(line.split("=", 1) for line in file.read_text(encoding="utf-8").splitlines())
    assert written == {**wanted(team), "GOFLAGS": "-modcacherw"}
    back = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# go env -")]
    assert len(back) == len([line for line in text.splitlines() if line.startswith("go env -")])
    run("\n".join(back), **environ)
    assert file.read_bytes() == before


@pytest.mark.parametrize(("team", "language"), CASES)
def test_shell(team: str, language: str, tmp_path: Path) -> None:
    script = tmp_path / "settings.sh"
    script.write_text(form("shell", team, language), encoding="utf-8")
    said = run(f". {shlex.quote(str(script))}; go env -json", HOME=str(tmp_path), GOENV="off", LC_ALL="C.UTF-8")
    assert {name: json.loads(said)[name] for name in wanted(team) if name != "GOTOOLCHAIN"} == {
        name: value for name, value in wanted(team).items() if name != "GOTOOLCHAIN"
    }


@pytest.mark.parametrize(("team", "language"), CASES)
def test_dotenv(team: str, language: str) -> None:
    lines = [line for line in form("dotenv", team, language).splitlines() if line and not line.startswith("#")]
    assert dict(line.split("=", 1) for line in lines) == wanted(team)


@pytest.mark.parametrize(("team", "language"), CASES)
def test_dockerfile(team: str, language: str) -> None:
    text = form("dockerfile", team, language)
    assert text.startswith("# syntax=docker/dockerfile:1\n")
    orders = [line for line in text.splitlines()[1:] if line and not line.startswith("#")]
    assert all(re.fullmatch(r'ENV [A-Z]+="[^"$\\]*"|RUN .+', line) for line in orders)
    values = dict(match.groups() for line in orders if (match := re.fullmatch(r'ENV ([A-Z]+)="(.*)"', line)))
    assert values == wanted(team)
    last = orders[-1]
    assert last.startswith("RUN ")
    assert last.endswith("go mod download")
    mounts = re.findall(r"--mount=(\S+)", last)
    assert ("type=secret,id=netrc,target=/root/.netrc,required=true" in mounts) == bool(hosts(team))
    assert ("type=ssh" in mounts) == ("insteadOf" in last)


@pytest.mark.parametrize(("team", "language"), CASES)
def test_devcontainer_writes_netrc(team: str, language: str, tmp_path: Path) -> None:
    made = json.loads(form("devcontainer", team, language))
    assert made["containerEnv"] == wanted(team)
    check_netrc(team, made.get("postCreateCommand", ":"), list(made.get("secrets", ())), tmp_path)


@pytest.mark.parametrize(("team", "language"), CASES)
def test_gitlab(team: str, language: str, tmp_path: Path) -> None:
    made = yaml(form("gitlab", team, language))
    assert made["variables"] == wanted(team)
    script = " && ".join(made.get("before_script", [":"]))
    check_netrc(team, script, re.findall(r"\$(\w+_(?:USER|TOKEN))", script), tmp_path)


@pytest.mark.parametrize(("team", "language"), CASES)
def test_github(team: str, language: str, tmp_path: Path) -> None:
    made = yaml(form("github", team, language))
    assert made["env"] == wanted(team)
    steps = made.get("steps", [])
    names = [name for step in steps for name in step.get("env", {})]
    for step in steps:
        assert all(value == f"${{{{ secrets.{name} }}}}" for name, value in step.get("env", {}).items())
    check_netrc(team, "\n".join(step["run"] for step in steps) or ":", names, tmp_path)


def check_netrc(team: str, script: str, names: list[str], home: Path) -> None:
    """The script writes a netrc file that only its owner reads, with each host once."""
    run(script, HOME=str(home), GIT_CONFIG_NOSYSTEM="1", **{name: f"value-of-{name}" for name in names})
    file = home / ".netrc"
    assert file.exists() == bool(hosts(team))
    if file.exists():
        assert file.stat().st_mode & 0o077 == 0
        lines = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]
        assert [line[1] for line in lines] == hosts(team)
        assert all(line[3].startswith("value-of-") and line[5].endswith("_TOKEN") for line in lines)
    if rewrites := [e for e in settings.plan(TEAMS[team], DEFAULTS).extras if e.kind == "git"]:
        said = run("git config --global --get-regexp 'url.*insteadof'", HOME=str(home))
        assert all(f"https://{extra.host}/" in said for extra in rewrites)


def yaml(text: str) -> dict[str, object]:
    """The few shapes of YAML that the forms have: mappings, lists of one level, block and JSON strings.

    Anything else is refused, so that a form cannot grow beyond what is checked here.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found, rest = _block(lines, 0)
    assert rest == []
    assert isinstance(found, dict)
    return found


def _block(lines: list[str], depth: int) -> tuple[object, list[str]]:
    made: dict[str, object] = {}
    items: list[object] = []
    while lines and len(lines[0]) - len(lines[0].lstrip()) == depth:
        line = lines[0].strip()
        if line.startswith("- "):
            if re.match(r"- \w+:", line):
                item, lines = _block([" " * (depth + 2) + line[2:], *lines[1:]], depth + 2)
            else:
                item, lines = json.loads(line[2:]), lines[1:]
            items.append(item)
            continue
        match = re.fullmatch(r"(\w+):(?: (.+))?", line)
        assert match, line
        key, value = match.groups()
        assert key not in made
        if value == "|":
            body = list(lines[1:])
            kept = []
            while body and len(body[0]) - len(body[0].lstrip()) > depth:
                kept.append(body.pop(0)[depth + 2 :])
            made[key], lines = "\n".join(kept), body
        elif value is None:
            inner = len(lines[1]) - len(lines[1].lstrip())
            assert inner > depth or lines[1].strip().startswith("- ")
            made[key], lines = _block(lines[1:], inner)
        else:
            plain = value if value.startswith("${{ ") else json.loads(value)
            made[key], lines = plain, lines[1:]
    assert not (made and items)
    return made or items, lines
