"""500 planted secrets: none appears in any output, journal, recording, saved run or crash report."""

from __future__ import annotations

import json
import os
import random
import string
import subprocess
import sys
from pathlib import Path

import pytest

ALPHABET = string.ascii_letters + string.digits
PLANTED = 500


class Planter:
    """Makes secrets and remembers them."""

    def __init__(self) -> None:
        self.random = random.Random(20260701)
        self.secrets: list[str] = []

    def word(self, length: int = 24, prefix: str = "") -> str:
        made = prefix + "".join(self.random.choices(ALPHABET, k=length))
        self.secrets.append(made)
        return made


def plant(project: Path, home: Path) -> Planter:
    p = Planter()
    (home / ".netrc").write_text(
        "".join(f"machine h{i}.example.com login user{i} password {p.word()}\n" for i in range(60))
        + "".join(f"machine m{i}.example.com\n  login u{i}\n  password {p.word(30)}\n" for i in range(30))
    )
    (home / ".git-credentials").write_text("".join(f"https://u{i}:{p.word()}@git{i}.example.com\n" for i in range(20)))
    (home / ".gitconfig").write_text(
        "".join(
            f'[url "https://oauth2:{p.word()}@g{i}.example.com/"]\n\tinsteadOf = https://g{i}.example.com/\n' for i in range(30)
        )
        + "".join(
            f'[http "https://x{i}.example.com/"]\n\textraheader = AUTHORIZATION: bearer {p.word(40)}\n' for i in range(30)
        )
    )
    proxies = ",".join(f"https://user:{p.word()}@proxy{i}.example.com/go" for i in range(12))
    (home / "goenv").write_text(f"GOPROXY={proxies},direct\nGONOSUMDB=*\n")
    (project / "go.mod").write_text(
        "module example.com/x\n\ngo 1.22\n\nrequire corp.example.com/pay v1.0.0\n"
        + "".join(f"// https://ci:{p.word()}@git.example.com/{i}\n" for i in range(20))
    )
    (project / "main.go").write_text('package main\n\nimport _ "corp.example.com/pay"\n\nfunc main() {}\n')
    env = ", ".join(f'"SERVICE_{i}_TOKEN": "{p.word()}"' for i in range(40))
    (project / ".vscode").mkdir()
    (project / ".vscode" / "launch.json").write_text(
        '{"version": "0.2.0", "configurations": [{"name": "d", "type": "go", "request": "launch", "mode": "exec",\n'
        f' "program": "${{workspaceFolder}}/bin/x", "env": {{{env}}}, "substitutePath": [{{"from": "example.com/x", "to": "${{workspaceFolder}}"}}]}}]}}\n'
    )
    lines = [f"ENV DB_PASSWORD={p.word()}" for _ in range(30)]
    lines += [f"RUN git clone https://token:{p.word()}@git.example.com/a/{i}" for i in range(30)]
    lines += [f"ARG GITHUB_TOKEN={p.word(36, 'ghp_')}" for _ in range(20)]
    (project / "Dockerfile").write_text(
        "FROM golang:1.26 AS build\n" + "\n".join(lines) + "\nRUN go build -ldflags='-s -w' -o /x .\n"
        "FROM golang:1.26\nCOPY --from=build /x /x\nCMD dlv exec /x --headless\n"
    )
    (project / "gomend.toml").write_text("private = ['corp.example.com']\n")
    return p


def log_of(p: Planter) -> str:
    lines = [
        f"go: reading https://u{i}:{p.word()}@proxy.example.com/corp.example.com/pay/@v/v1.{i}.0.info: 401 Unauthorized"
        for i in range(60)
    ]
    lines += [f"remote: glpat {p.word(20, 'glpat-')} expired" for _ in range(20)]
    lines += [
        f"fatal: could not read Password for 'https://{p.word()}@git.example.com': terminal prompts disabled" for _ in range(20)
    ]
    lines += [f"> Authorization: Basic {p.word(32)}" for _ in range(20)]
    lines += [f"export NPM_TOKEN={p.word(36, 'npm_')}" for _ in range(10)]
    lines += [f"go: api_key={p.word()} rejected" for _ in range(10)]
    lines += [f"AWS AKIA error {p.word(16, 'AKIA').upper()}" for _ in range(8)]
    p.secrets = [s.upper() if s.startswith("AKIA") else s for s in p.secrets]
    return "\n".join(lines) + "\n"


@pytest.fixture
def planted(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Planter]:
    project = tmp_path / "project"
    project.mkdir()
    p = plant(project, home)
    monkeypatch.setenv("GOENV", str(home / "goenv"))
    monkeypatch.setenv("CI_JOB_TOKEN", p.word())
    monkeypatch.setenv("GOAUTH", "netrc")
    return project, p


def gomend(*words: str, cwd: Path, text: str | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gomend", *words], capture_output=True, text=True, timeout=120, check=False, cwd=cwd, input=text
    )
    assert done.returncode in {0, 1, 2, 4, 5}, done.stderr
    return done.stdout + done.stderr


def test_no_secret_leaves(planted: tuple[Path, Planter], home: Path, tmp_path: Path) -> None:
    project, p = planted
    log = log_of(p)
    while len(p.secrets) < PLANTED:
        log += f"fetch https://x:{p.word()}@example.com/y failed\n"
    assert len(p.secrets) >= PLANTED
    seen: dict[str, str] = {}
    record, saved = tmp_path / "record", tmp_path / "run.jsonl"
    offline = ("--offline",)
    seen["check"] = gomend("check", *offline, "--record", str(record), "--save", str(saved), cwd=project)
    for format in ("json", "sarif", "github", "junit", "markdown", "html"):
        seen[format] = gomend("check", *offline, "--format", format, cwd=project)
    seen["facts"] = gomend("facts", *offline, "--format", "json", cwd=project)
    seen["plan"] = gomend("plan", *offline, "--unsafe", "--format", "json", cwd=project)
    seen["plan-text"] = gomend("plan", *offline, "--unsafe", "--diff", cwd=project)
    seen["why"] = gomend("why", "-", *offline, "--format", "json", cwd=project, text=log)
    seen["why-text"] = gomend("why", "-", *offline, cwd=project, text=log)
    seen["report"] = gomend("report", "--from", str(saved), "--format", "html", cwd=project)
    seen["replay"] = gomend("check", "--replay", str(record), "--format", "json", cwd=project)
    for selector in ("GM1", "GM3"):
        seen[f"apply {selector}"] = gomend(
            "apply", *offline, "--yes", "--unsafe", "--select", selector, "--format", "json", cwd=project
        )
    assert "✗" in seen["check"]
    assert json.loads(seen["why"].splitlines()[0] if seen["why"].startswith("gomend") else seen["why"])["findings"]
    journals = sorted((home / "state").rglob("*"))
    assert any(path.name == "journal.jsonl" for path in journals)
    stored = {
        str(path): path.read_bytes().decode(errors="replace")
        for path in [*journals, *record.rglob("*"), saved]
        if path.is_file()
    }
    leaks = [(name, secret) for name, content in {**seen, **stored}.items() for secret in p.secrets if secret in content]
    assert leaks == []


def test_no_secret_in_a_crash_report(planted: tuple[Path, Planter], home: Path) -> None:
    project, p = planted
    script = (
        "import gomend.apps.registry as r\n"
        "def boom(*_): raise RuntimeError('token=' + open('go.mod').read())\n"
        "r.select = boom\n"
        "from gomend.apps.cli.main import run\n"
        f"raise SystemExit(run(['check', '--private', 'https://u:{p.word()}@x.example.com']))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=project)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    reports = list((home / "state" / "crashes").glob("crash-*.txt"))
    assert len(reports) == 1
    content = reports[0].read_text() + done.stderr + done.stdout
    assert "RuntimeError" in content
    assert [secret for secret in p.secrets if secret in content] == []
    assert os.stat(reports[0].parent).st_mode & 0o077 == 0
