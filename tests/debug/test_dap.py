"""The conversation with dlv: bounded, on loopback, and nothing stays behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import anyio
import pytest

from gomend.debug import dap
from tests.debug.real import DEBUG_FLAGS, Project

FAKE = """#!{python}
import json, os, socket, subprocess, sys, time
said = {said!r}
if said == "exit":
    print("could not do it", file=sys.stderr); sys.exit(3)
child = subprocess.Popen(["sleep", "600"])
open({pids!r}, "w").write(f"{{os.getpid()}} {{child.pid}}")
server = socket.create_server(("127.0.0.1", 0))
if said != "silent":
    print("DAP server listening at: 127.0.0.1:%d" % server.getsockname()[1], flush=True)
other, _ = server.accept()
if said == "garbage":
    other.sendall(b"Content-Length: 99999999999\\r\\n\\r\\n{{}}")
elif said == "no json":
    other.sendall(b"Content-Length: 3\\r\\n\\r\\n{{x}}")
elif said == "hang up":
    other.close()
time.sleep(600)
"""


def fake_dlv(tmp_path: Path, said: str) -> str:
    path = tmp_path / "dlv"
    path.write_text(FAKE.format(python=sys.executable, said=said, pids=str(tmp_path / "pids")))
    path.chmod(0o755)
    return str(path)


def talk(dlv: str, tmp_path: Path, seconds: float) -> dap.Session:
    return anyio.run(
        lambda: dap.bind(
            dlv, {"mode": "exec", "program": "/x"}, [("/x.go", 1)], cwd=str(tmp_path), env=os.environ, seconds=seconds
        )
    )


def gone(pid: int) -> bool:
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("exit", "dlv exited with 3: could not do it"),
        ("hang", "dlv did not answer within 1.5 s"),
        ("silent", "dlv did not answer within 1.5 s"),
        ("garbage", "dlv sent a message without a sensible length"),
        ("no json", "the conversation with dlv broke off"),
        ("hang up", "the conversation with dlv broke off"),
    ],
)
def test_a_bad_dlv_is_told_and_its_whole_group_killed(tmp_path: Path, said: str, problem: str) -> None:
    session = talk(fake_dlv(tmp_path, said), tmp_path, 1.5)
    assert not session.launched
    assert session.problem.startswith(problem)
    if said != "exit":
        pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
        assert all(gone(pid) for pid in pids)


def test_cancelled_from_outside_nothing_stays(tmp_path: Path) -> None:
    dlv = fake_dlv(tmp_path, "hang")

    async def run() -> bool:
        with anyio.move_on_after(1) as limit:
            await dap.bind(dlv, {"mode": "exec", "program": "/x"}, [("/x.go", 1)], cwd=str(tmp_path), env=os.environ)
        return limit.cancelled_caught

    assert anyio.run(run)
    assert all(gone(int(pid)) for pid in (tmp_path / "pids").read_text().split())


def test_no_such_dlv(tmp_path: Path) -> None:
    assert "broke off" in talk(str(tmp_path / "none"), tmp_path, 2).problem


def test_a_program_that_was_launched_never_runs_even_if_dlv_must_be_killed(tmp_path: Path) -> None:
    """Cancelled between launch and hanging up, the stopped program goes with dlv."""
    project = Project(tmp_path / "shop")
    binary = str(project.build(*DEBUG_FLAGS))
    arguments = {"mode": "exec", "program": binary, "cwd": str(project.root)}
    places = [(f"{project.root}/main.go", 17)] * 3000

    async def run(seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await dap.bind("dlv", arguments, places, cwd=str(project.root), env=os.environ)

    for seconds in (0.1, 0.2, 0.4):
        anyio.run(run, seconds)
        left = [p for p in Path("/proc").glob("[0-9]*/cmdline") if binary.encode() in read(p)]
        assert left == []
    assert not (project.root / "ran").exists()


def test_a_dlv_that_ignores_everything_is_killed_with_its_program(tmp_path: Path) -> None:
    program = subprocess.Popen(["sleep", "600"], start_new_session=True)
    path = tmp_path / "dlv"
    path.write_text(DEAF.format(python=sys.executable, pid=program.pid))
    path.chmod(0o755)
    session = talk(str(path), tmp_path, 1.5)
    assert session.problem == "dlv did not answer within 1.5 s"
    assert program.wait(5) == -9


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


DEAF = """#!{python}
import json, signal, socket, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
server = socket.create_server(("127.0.0.1", 0))
print("DAP server listening at: 127.0.0.1:%d" % server.getsockname()[1], flush=True)
other, _ = server.accept()
body = json.dumps({{"type": "event", "event": "process", "body": {{"systemProcessId": {pid}}}}}).encode()
other.sendall(b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body)
time.sleep(600)
"""
