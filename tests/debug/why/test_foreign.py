"""Programs for systems that are not here: what is bound is told from their tables, and checked against the real dlv on the same source."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from gomend.debug import dap
from tests.debug.why.lab import ENV, HERE

TARGETS = ("linux/amd64", "linux/arm64", "windows/amd64", "darwin/arm64")
FILES = ("shop/lines.go", "shop/shop.go", "cmd/server/main.go", "third_party/lib/lib.go")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("foreign")
    shutil.copytree(HERE / "projects/many", folder / "src")
    for target in TARGETS:
        goos, goarch = target.split("/")
        argv = ["go", "build", "-gcflags=all=-N -l", "-o", folder / f"{goos}-{goarch}", "./cmd/server"]
        subprocess.run(argv, cwd=folder / "src", check=True, env={**ENV, "GOOS": goos, "GOARCH": goarch, "CGO_ENABLED": "0"})
    return folder


def places(folder: Path) -> list[tuple[str, int]]:
    """Every line of the files."""
    found = []
    for name in FILES:
        path = folder / "src" / name
        found += [(str(path), number) for number in range(1, len(path.read_text().splitlines()) + 1)]
    return found


def told(folder: Path, target: str, *words: str) -> dict[str, Any]:
    """What gomend says of every line."""
    program = folder / target.replace("/", "-")
    wanted: dict[str, list[int]] = {}
    for file, line in places(folder):
        wanted.setdefault(file, []).append(line)
    question = {
        "launch": {"mode": "exec", "program": str(program)},
        "breakpoints": [{"file": f, "lines": lines} for f, lines in wanted.items()],
        "cwd": str(folder),
    }
    (folder / "ask.json").write_text(json.dumps(question))
    argv = [sys.executable, "-m", "gomend", "debug", "why", "--launch", str(folder / "ask.json"), *words, "--format", "json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=ENV)
    assert done.returncode in {0, 1}, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def bound(answer: dict[str, Any]) -> set[tuple[str, int]]:
    return {(b["file"], b["line"]) for b in answer["breakpoints"] if b["bound"]}


def test_every_line_is_told_as_dlv_has_it(built: Path) -> None:
    dlv = shutil.which("dlv", path=ENV["PATH"])
    arguments = {"mode": "exec", "program": str(built / "linux-amd64")}
    session = anyio.run(lambda: dap.bind(str(dlv), arguments, places(built), cwd=str(built), env=ENV))
    truth = {(b.file, b.line) for b in session.breakpoints if b.verified}
    assert len(truth) > 40
    assert bound(told(built, "linux/amd64", "--no-dlv")) == truth


@pytest.mark.parametrize("target", TARGETS[1:])
def test_a_program_for_another_system_is_told_from_its_tables(built: Path, target: str) -> None:
    """The same source has code in the same lines everywhere, but for files of one system and what it folds away."""
    answer = told(built, target)
    assert answer["dlv"] is None
    here, there = bound(told(built, "linux/amd64", "--no-dlv")), bound(answer)
    only = {f"{os.path.basename(f)}: {Path(f).read_text().splitlines()[n - 1].strip()}" for f, n in here ^ there}
    allowed = {"lines.go: count += 1000 // BP:goos-false"} if target.startswith("windows") else set()
    assert only <= allowed, only
    assert all(target in b["evidence"][-1] for b in answer["breakpoints"])


@pytest.mark.full
def test_dlv_does_not_trace_under_qemu_user(built: Path, tmp_path: Path) -> None:
    """Why arm64 is told by reading: qemu-user has no ptrace."""
    env = {**ENV, "GOARCH": "arm64", "GOFLAGS": "", "CGO_ENABLED": "0"}
    cache = subprocess.run(["go", "env", "GOMODCACHE"], capture_output=True, text=True, check=True, env=ENV).stdout.strip()
    source = f"{cache}/github.com/go-delve/delve@v1.27.2"
    subprocess.run(["go", "build", "-C", source, "-o", tmp_path / "dlv", "./cmd/dlv"], check=True, env=env)
    argv = ["qemu-aarch64", tmp_path / "dlv", "exec", "--allow-non-terminal-interactive", built / "linux-arm64"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120)
    assert "function not implemented" in done.stdout + done.stderr
