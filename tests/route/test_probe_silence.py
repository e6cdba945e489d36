"""go waits without a word: ``check --probe`` and ``run`` ask the servers and name the one that does not answer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gomend.lab.spec import Scenario, Spec
from gomend.lab.stage import Stage, staged

GOMEND = str(Path(sys.executable).parent / "gomend")
GO_MOD = "module m\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n"


@contextmanager
def silent(
    rules: tuple[tuple[str, str], ...] = ((".", "hang"),), *, second: bool = False, goenv: bool = False
) -> Generator[Stage]:
    """A project whose first server hangs for these requests; ``goenv``: GOPROXY stands in the file of ``go env -w``."""
    servers = {"P1": Spec(rules=rules), **({"P2": Spec()} if second else {})}
    value = "http://127.0.0.1:{P1}" + (",http://127.0.0.1:{P2}" if second else "")
    files = {"m/go.mod": GO_MOD, "m/m.go": 'package m\n\nimport _ "example.com/a"\n'}
    env = {"GOSUMDB": "{KEY}"}
    if goenv:
        files["goenv"] = f"GOPROXY={value}\n"
        env["GOENV"] = "{WORK}/goenv"
    else:
        env["GOPROXY"] = value
    with staged(Scenario(id="x", servers=servers, env=env, files=files)) as stage:
        yield stage


def gomend(stage: Stage, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**stage.environ, "XDG_STATE_HOME": str(stage.folder / "state")}
    return subprocess.run([GOMEND, *arguments], cwd=stage.project, env=environ, capture_output=True, text=True, check=False)


def findings(stage: Stage, *arguments: str) -> list[dict[str, Any]]:
    done = gomend(stage, *arguments, "--format", "json")
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return found


def test_check_probe_names_the_server() -> None:
    with silent() as stage:
        first = findings(stage, "check", "--probe", "--select", "GM1")[0]
        assert (first["code"], first["slug"], first["confidence"]) == ("GM140", "proxy-timeout", "high")
        assert first["subject"]["name"] == f"127.0.0.1:{stage.ports['P1']}"
        assert "no answer within 5" in first["evidence"][0]["quote"]
        assert not [f for f in findings(stage, "check", "--select", "GM1") if f["code"] == "GM140"]


def test_servers_that_go_would_not_come_to_never_learn_the_path() -> None:
    with silent(second=True) as stage:
        assert findings(stage, "check", "--probe", "--select", "GM140")[0]["code"] == "GM140"
        asked = stage.journal.requests
    assert asked["P1"] == ("/example.com/a/@v/v1.0.0.info hang",)
    assert asked["P2"]
    assert not any("example.com/a" in entry for entry in asked["P2"])


def test_check_probe_names_the_checksum_database() -> None:
    with silent((("/lookup/", "hang"),)) as stage:
        found = findings(stage, "check", "--probe", "--select", "GM1")
        assert [f["slug"] for f in found if f["severity"] == "error"] == ["sumdb-timeout"]
        assert not any("GOSUMDB=off" in word for f in found for fix in f["fixes"] for word in fix["shell"])


def test_a_healthy_server_is_not_accused() -> None:
    with silent((("nothing is like this", "hang"),)) as stage:
        assert not [f for f in findings(stage, "check", "--probe", "--select", "GM1") if f["code"] in {"GM140", "GM141"}]


def test_a_slow_answer_is_no_silence() -> None:
    with silent(((r"\.info$", "slow:1"),)) as stage:
        assert not [f for f in findings(stage, "check", "--probe", "--select", "GM1") if f["code"] == "GM140"]


def test_the_fix_puts_a_server_that_answers_first_and_proves_it() -> None:
    with silent(second=True, goenv=True) as stage:
        done = gomend(stage, "apply", "--select", "GM140", "--unsafe", "--probe", "--yes")
        one, two = (f"http://127.0.0.1:{stage.ports[p]}" for p in ("P1", "P2"))
        assert (done.returncode, (stage.folder / "goenv").read_text(encoding="utf-8")) == (0, f"GOPROXY={two}|{one}\n"), done
        assert not findings(stage, "check", "--probe", "--select", "GM140")


@pytest.mark.parametrize(
    "command",
    [
        ("go", "mod", "download", "example.com/a@v1.0.0"),
        ("go", "get", "example.com/a@v1.0.0"),
        ("go", "mod", "tidy"),
    ],
)
def test_run_explains_a_command_that_timeout_stopped(command: tuple[str, ...]) -> None:
    with silent() as stage:
        done = gomend(stage, "run", "--", "timeout", "1", *command)
    assert done.returncode == 124
    assert done.stdout == ""
    assert "GM140 proxy-timeout" in done.stderr.split("fix")[0]


def test_run_explains_a_build_that_was_stopped_at_the_zip() -> None:
    scene = Scenario(
        id="x",
        servers={"P1": Spec(rules=((r"\.zip$", "hang"),)), "P2": Spec()},
        env={"GOPROXY": "http://127.0.0.1:{P1}", "GOSUMDB": "off"},
        files={"m/go.mod": GO_MOD, "m/m.go": 'package m\n\nimport _ "example.com/a"\n'},
        setup=("go mod tidy && go clean -modcache",),
        setup_env={"GOPROXY": "http://127.0.0.1:{P2}"},
    )
    with staged(scene) as stage:
        assert stage.prepare() == ()
        done = gomend(stage, "run", "--", "timeout", "2", "go", "build", "./...")
    assert done.returncode == 124
    assert "GM140 proxy-timeout" in done.stderr
    assert "v1.0.0.zip" in done.stderr


def test_run_explains_what_ctrl_c_stopped() -> None:
    with silent() as stage:
        argv = [GOMEND, "run", "--", "go", "mod", "download", "example.com/a@v1.0.0"]
        process = subprocess.Popen(
            argv, cwd=stage.project, env=stage.environ, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        _wait_for(stage, process)
        os.kill(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "GM140 proxy-timeout" in said


def test_run_does_not_ask_when_offline() -> None:
    with silent() as stage:
        done = gomend(stage, "run", "--offline", "--", "timeout", "1", "go", "mod", "tidy")
        asked = stage.journal.requests["P1"]
    assert done.returncode == 124
    assert len(asked) == 1
    assert "GM140" not in done.stderr


def _wait_for(stage: Stage, process: subprocess.Popen[str]) -> None:
    """Until go has sent its request."""
    for _ in range(600):
        if stage.journal.requests or process.poll() is not None:
            return
        time.sleep(0.05)
