"""Logs alone, written by the real dlv: the adapter's, the headless server's, consoles; and one of a gigabyte."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from gomend.debug import dap
from tests.debug.why.lab import ENV, HERE

DLV = shutil.which("dlv", path=ENV["PATH"]) or ""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    shutil.copytree(HERE / "projects/many", folder / "src")
    build = ["go", "build", "-gcflags=all=-N -l"]
    elsewhere = f"-gcflags=example.com/...=-N -l -trimpath={folder}/src=>/srv/many"
    subprocess.run([*build, elsewhere, "-o", folder / "far", "./cmd/agent"], cwd=folder / "src", check=True, env=ENV)
    subprocess.run([*build, "-trimpath", "-o", folder / "trim", "./cmd/agent"], cwd=folder / "src", check=True, env=ENV)
    return folder


def findings(log: Path, folder: Path) -> list[dict[str, Any]]:
    """What ``gomend why`` finds in a log, first cause first."""
    argv = [sys.executable, "-m", "gomend", "why", str(log), "-C", str(folder), "--select", "GM3", "--format", "json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=ENV, cwd=folder)
    assert done.returncode in {0, 1}, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return found


def headless(program: Path, words: str, log: Path) -> str:
    """A session over JSON-RPC as GoLand has it; the client's console."""
    more = ["--log", "--log-output=rpc,debugger", f"--log-dest={log}"]
    argv = [DLV, "exec", "--headless", "--api-version=2", "--listen=127.0.0.1:0", *more, str(program)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENV) as server:
        assert server.stdout
        match = re.search(r"API server listening at: (\S+)", log.read_text() if log.exists() else "") or re.search(
            r"listening at: (\S+)", _until(log)
        )
        assert match
        init = log.with_suffix(".init")
        init.write_text(words)
        client = [DLV, "connect", "--allow-non-terminal-interactive", "--init", str(init), match[1]]
        done = subprocess.run(
            client, capture_output=True, text=True, check=False, env=ENV, stdin=subprocess.DEVNULL, timeout=60
        )
        server.terminate()
        server.wait(20)
    return done.stdout + done.stderr


def _until(log: Path) -> str:
    import time

    for _ in range(200):
        if log.exists() and "listening at" in log.read_text():
            return log.read_text()
        time.sleep(0.1)
    raise AssertionError("dlv did not listen")


def test_a_log_of_the_headless_server_shows_the_recorded_folder(many: Path, tmp_path: Path) -> None:
    log = tmp_path / "dlv.log"
    console = headless(many / "far", f"break {many}/src/cmd/agent/help.go:4\nbreak main.help\ncontinue\nstack\nexit\n", log)
    assert "not found" in console
    found = findings(log, many / "src")
    assert (found[0]["code"], found[0]["slug"], found[0]["confidence"]) == ("GM359", "path-mismatch", "high")
    assert "/srv/many" in json.dumps(found[0]["fixes"])
    part = next(f for f in found if f["code"] == "GM362")
    assert "recorded files" in part["title"].partition(";")[0]
    assert "-ldflags" in part["title"].partition(";")[2]


def test_a_log_of_the_headless_server_shows_trimpath(many: Path, tmp_path: Path) -> None:
    log = tmp_path / "dlv.log"
    headless(many / "trim", f"break {many}/src/cmd/agent/help.go:4\nbreak main.help\ncontinue\nexit\n", log)
    assert findings(log, many / "src")[0]["slug"] == "trimpath"


def test_a_log_of_the_adapter_shows_trimpath(many: Path, tmp_path: Path) -> None:
    wrapper, log = tmp_path / "dlv", tmp_path / "dlv.log"
    wrapper.write_text(f'#!/bin/bash\nexec > >(tee {log}) 2>&1\nexec {DLV} "$@" --log --log-output=dap,rpc,debugger\n')
    wrapper.chmod(0o755)
    arguments = {"mode": "exec", "program": f"{many}/trim"}
    place = (f"{many}/src/cmd/agent/help.go", 4)
    anyio.run(lambda: dap.bind(str(wrapper), arguments, [place], cwd=str(many), env=ENV))
    found = findings(log, many / "src")
    assert found[0]["slug"] == "trimpath", found
    part = next(f for f in found if f["code"] == "GM362")
    assert "program" in part["title"].partition(";")[0]


@pytest.mark.parametrize(
    ("console", "slug"),
    [
        ("API server listening at: 127.0.0.1:63342\ncould not find file /home/dev/shop/main.go\n", "path-mismatch"),
        (("Starting: /home/dev/go/bin/dlv dap --listen=127.0.0.1:3 from /w\nDAP server listening at: 127.0.0.1:3\n"
         "could not launch process: could not open debug info - debuggee must not be built with 'go run' or -ldflags='-s -w', which strip debug info\n"), "stripped"),
        ("could not attach to pid 7: operation not permitted\n", "ptrace-refused"),
        ("Version of Delve is too old for Go version go1.27.0 (maximum supported version 1.26, suppress this error with --check-go-version=false)\n", "dlv-too-old"),
        ("Warning: debugging optimized function\n", "optimised"),
    ],
)  # fmt: skip
def test_consoles_of_editors(tmp_path: Path, console: str, slug: str) -> None:
    log = tmp_path / "console.txt"
    log.write_text(console)
    assert findings(log, tmp_path)[0]["slug"] == slug


@pytest.mark.full
def test_a_log_of_a_gigabyte_in_bounded_memory(tmp_path: Path) -> None:
    """A refused breakpoint in the middle of a gigabyte of JSON-RPC is found, with its recorded folder."""
    log = tmp_path / "big.log"
    noise = b'2026-01-02T03:04:05Z debug layer=rpc -> *rpc2.StateOut{"State":{"Pid":7,"Running":true}} error: ""\n' * 10_000
    refused = b'2026-01-02T03:04:06Z debug layer=rpc -> *rpc2.FindLocationOut{"Locations":[]} error: "location \\"/home/me/shop/cart/cart.go:9\\" not found"\n'
    shown = b'2026-01-02T03:04:07Z debug layer=rpc -> *rpc2.FindLocationOut{"Locations":[{"file":"/srv/shop/cart/cart.go"}]} error: ""\n'
    with log.open("wb") as file:
        for number in range(1060):
            file.write(noise)
            if number == 500:
                file.write(refused)
        file.write(shown)
    assert log.stat().st_size > 1_000_000_000

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (700_000_000, 700_000_000))

    argv = [sys.executable, "-m", "gomend", "why", str(log), "--select", "GM3", "--format", "json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=tmp_path, preexec_fn=limited, env=os.environ)
    assert json.loads(done.stdout)["findings"][0]["code"] == "GM359", done.stderr
