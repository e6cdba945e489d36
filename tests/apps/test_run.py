"""`gomend run`: the command's own output, signals and exit code stay its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

GOMEND = [sys.executable, "-m", "gomend"]


@pytest.fixture
def project(tmp_path: Path, home: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/x\n\ngo 1.21\n\nrequire corp.example.com/pay v1.0.0\n")
    (folder / "main.go").write_text('package main\n\nimport _ "corp.example.com/pay"\n\nfunc main() {}\n')
    return folder


def run(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*GOMEND, "run", *words], cwd=cwd, capture_output=True, timeout=100, check=False, env={**os.environ, **env}
    )


@pytest.mark.parametrize("code", [0, 1, 3, 42, 255])
def test_exit_code_is_the_command_s_own(project: Path, code: int) -> None:
    assert run("--", "sh", "-c", f"exit {code}", cwd=project).returncode == code


def test_output_passes_through_byte_for_byte(project: Path) -> None:
    script = "import sys; sys.stdout.buffer.write(bytes(range(256)) * 5000); sys.stderr.buffer.write(b'\\xff\\x00err')"
    done = run("--", sys.executable, "-c", script, cwd=project)
    assert done.stdout == bytes(range(256)) * 5000
    assert done.stderr == b"\xff\x00err"


def test_standard_input_is_the_command_s(project: Path) -> None:
    done = subprocess.run([*GOMEND, "run", "--", "cat"], cwd=project, input=b"hello", capture_output=True, check=False)
    assert done.stdout == b"hello"


def test_environment_is_unchanged(project: Path) -> None:
    plain = subprocess.run(["env", "-0"], cwd=project, capture_output=True, check=True).stdout
    through = run("--", "env", "-0", cwd=project).stdout
    drop = re.compile(rb"^_=")
    assert sorted(p for p in through.split(b"\0") if not drop.match(p)) == sorted(
        p for p in plain.split(b"\0") if not drop.match(p)
    )


def test_failure_is_explained_on_standard_error(project: Path) -> None:
    done = run("--", "go", "build", "./...", cwd=project, GOPROXY="off", GOFLAGS="-mod=mod")
    assert done.returncode == 1
    assert done.stdout == b""
    text = done.stderr.decode()
    assert "module lookup disabled by GOPROXY=off" in text
    assert re.search(r"GM\d+ proxy-off", text)


def test_failure_as_json(project: Path) -> None:
    done = run("--format", "json", "--", "go", "build", "./...", cwd=project, GOPROXY="off", GOFLAGS="-mod=mod")
    answer = json.loads(done.stdout)
    assert answer["command"] == {"argv": ["go", "build", "./..."], "exit": 1}
    assert answer["findings"][0]["slug"] == "proxy-off"


def test_settings_before_the_program_count(project: Path) -> None:
    done = run("--format", "json", "--", "env", "GOPROXY=off", "GOFLAGS=-mod=mod", "go", "build", "./...", cwd=project)
    finding = json.loads(done.stdout)["findings"][0]
    assert finding["slug"] == "proxy-off"
    assert any("GOPROXY=off" in e["quote"] for e in finding["evidence"])


def test_exit_findings(project: Path) -> None:
    done = run("--exit-findings", "--fail-on", "never", "--", "sh", "-c", "exit 9", cwd=project)
    assert done.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP])
def test_signals_reach_the_command(project: Path, number: signal.Signals) -> None:
    script = f"trap 'echo caught; exit 7' {number.name[3:]}; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen(
        [*GOMEND, "run", "--", "sh", "-c", script], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.send_signal(number)
        assert child.stdout.readline() == b"caught\n"
        child.communicate(timeout=60)
    assert child.returncode == 7


def test_killed_command_has_the_shell_s_exit_code(project: Path) -> None:
    assert run("--", "sh", "-c", "kill -9 $$", cwd=project).returncode == 137


def test_a_terminal_stays_a_terminal(project: Path) -> None:
    script = f"{' '.join(GOMEND)} run -- sh -c 'test -t 1 && test -t 2 && printf \"a\\nb\\n\"'"
    done = subprocess.run(["script", "-qec", script, "/dev/null"], cwd=project, capture_output=True, check=False, timeout=60)
    assert b"a\r\nb\r\n" in done.stdout


def test_ctrl_c_at_gomend_itself(project: Path) -> None:
    """Interrupted while it waits for a log: exit 130, one line, no traceback."""
    with subprocess.Popen(
        [*GOMEND, "why", "-"], cwd=project, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        time.sleep(1.0)
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert b"Traceback" not in err
    assert err.strip().startswith(b"gomend: ")
