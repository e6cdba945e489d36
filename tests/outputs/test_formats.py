"""Every format on real runs: valid by its own standard, equal exit codes, re-rendered from a saved run."""

from __future__ import annotations

import html.parser
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

MULTITOOL = Path(__file__).parent.parent / "tools" / "node_modules" / ".bin" / "sarif-multitool"
FORMATS = ("text", "json", "sarif", "github", "junit", "markdown", "html")


@pytest.fixture
def project(tmp_path: Path, home: Path) -> Path:
    folder = tmp_path / "a project <&> 店"
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/shop\n\ngo 1.22\n\nrequire corp.example.com/pay v1.0.0\n")
    (folder / "main.go").write_text("package main\n\nfunc main() {}\n")
    (folder / "gomend.toml").write_text("private = ['corp.example.com']\n")
    return folder


def gomend(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "gomend", *words]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False, cwd=cwd, env={**os.environ, **env})


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
@pytest.mark.parametrize("select", ["GM104", "GM1"])
def test_sarif_is_valid_by_the_multitool(project: Path, tmp_path: Path, lang: str, select: str) -> None:
    out = tmp_path / "out.sarif"
    done = gomend("check", "--offline", "--select", select, "--format", "sarif", "-o", str(out), "--lang", lang, cwd=project)
    assert done.returncode == 1, done.stderr
    report = tmp_path / "validated.sarif"
    argv = [str(MULTITOOL), "validate", str(out), "--output", str(report), "--log", "ForceOverwrite"]
    env = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    checked = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False, env=env)
    assert report.exists(), checked.stdout + checked.stderr
    results = json.loads(report.read_text(encoding="utf-8-sig"))["runs"][0]["results"]
    bad = [r for r in results if r.get("level") == "error"]
    assert bad == [], checked.stdout
    assert len(json.loads(out.read_text())["runs"][0]["results"]) >= 1


def test_the_multitool_would_refuse_a_broken_log(tmp_path: Path) -> None:
    broken = tmp_path / "broken.sarif"
    broken.write_text('{"version": "2.1.0", "runs": [{"results": [{}]}]}')
    env = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    done = subprocess.run([str(MULTITOOL), "validate", str(broken)], capture_output=True, text=True, check=False, env=env)
    assert "error" in done.stdout


@pytest.mark.parametrize("words", [("check",), ("plan",), ("apply", "--yes"), ("check", "--strict")], ids=" ".join)
def test_json_follows_its_schema(project: Path, words: tuple[str, ...]) -> None:
    schema = json.loads(gomend("schema", "findings", cwd=project).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    done = gomend(*words, "--offline", "--select", "GM104", "--format", "json", cwd=project)
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, schema)
    assert answer["schema"] == "gomend.findings/1"
    assert answer["findings"][0]["slug"] == "private-via-public-proxy"
    assert answer["findings"][0]["fixes"][0]["steps"][0]["kind"] == "set-go-env"
    assert answer["findings"][0]["fixes"][0]["shell"] == ["go env -w GOPRIVATE=corp.example.com"]
    broken = {**answer, "findings": [{"code": 1}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)


def test_language_changes_only_texts(project: Path) -> None:
    answers = []
    for lang in ("en", "zh-CN"):
        answer = json.loads(
            gomend("check", "--offline", "--select", "GM104", "--format", "json", "--lang", lang, cwd=project).stdout
        )
        texts = [f.pop("title") + f.pop("message") for f in answer["findings"]]
        texts += [fix.pop("title") for f in answer["findings"] for fix in f["fixes"]]
        answers.append((answer, texts))
    assert answers[0][0] == answers[1][0]
    assert all(a != b for a, b in zip(answers[0][1], answers[1][1], strict=True))
    assert all(re.search(r"[一-鿿]", t) for t in answers[1][1])


@pytest.mark.parametrize(
    "words",
    [("--select", "GM104"), ("--select", "GM104", "--fail-on", "never"), ("--select", "GM107", "--strict")],
    ids=" ".join,
)
def test_exit_codes_are_equal_for_all_formats(project: Path, words: tuple[str, ...]) -> None:
    codes = {f: gomend("check", "--offline", *words, "--format", f, cwd=project).returncode for f in FORMATS}
    assert len(set(codes.values())) == 1, codes


def test_junit(project: Path) -> None:
    done = gomend("check", "--offline", "--format", "junit", cwd=project)
    suite = ET.fromstring(done.stdout)[0]
    failures = suite.findall(".//failure")
    assert len(failures) == int(suite.get("failures", "0")) >= 1
    assert len(suite.findall("testcase")) == int(suite.get("tests", "0"))
    assert any("corp.example.com/pay" in (f.get("message") or "") for f in failures)


def test_github(project: Path) -> None:
    lines = gomend("check", "--offline", "--select", "GM104", "--format", "github", cwd=project).stdout.splitlines()
    assert len(lines) == 1
    assert re.fullmatch(r"::error file=go\.mod,line=5,title=GM104 private-via-public-proxy::.+%0A.+", lines[0])


class _Pages(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br", "link"}:
            self.open.append(tag)
        self.outside += [v or "" for k, v in attrs if k in {"src", "href"}]
        assert tag != "script"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_is_one_whole_file(project: Path) -> None:
    page = gomend("check", "--offline", "--format", "html", cwd=project).stdout
    parser = _Pages()
    parser.feed(page)
    assert parser.open == []
    assert parser.outside == []
    assert "url(" not in page
    assert "&lt;&amp;&gt;" in page or "example.com/shop" in page


def test_saved_run_renders_the_same(project: Path, tmp_path: Path) -> None:
    saved = tmp_path / "run.jsonl"
    shown = {f: gomend("check", "--offline", "--format", f, "--save", str(saved), cwd=project).stdout for f in FORMATS}
    again = {f: gomend("report", "--from", str(saved), "--format", f, cwd=tmp_path).stdout for f in FORMATS}
    assert again == shown
    chinese = gomend("report", "--from", str(saved), "--lang", "zh-CN", cwd=tmp_path).stdout
    assert re.search(r"[一-鿿]", chinese)
    schema = json.loads(gomend("schema", "stream", cwd=tmp_path).stdout)
    for line in saved.read_text().splitlines():
        jsonschema.validate(json.loads(line), schema)


def test_colour(project: Path) -> None:
    words = ("check", "--offline", "--select", "GM104")
    plain = gomend(*words, cwd=project).stdout
    assert "\x1b" not in plain
    forced = gomend(*words, cwd=project, FORCE_COLOR="1").stdout
    assert "\x1b[1;31m" in forced
    assert "\x1b" not in gomend(*words, cwd=project, FORCE_COLOR="1", NO_COLOR="1").stdout


def test_on_a_terminal_text_is_coloured_and_wrapped(project: Path) -> None:
    script = f"stty cols 70; {sys.executable} -m gomend check --offline --select GM104"
    done = subprocess.run(
        ["script", "-qec", script, "/dev/null"],
        capture_output=True,
        text=True,
        check=False,
        cwd=project,
        env={k: v for k, v in os.environ.items() if k != "COLUMNS"} | {"TERM": "xterm"},
    )
    assert "\x1b[" in done.stdout
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", done.stdout).replace("\r", "\n")
    assert max(len(line) for line in plain.split("\n")) <= 70
