"""Sessions that cannot be, and other ways to ask: ptrace refused by the kernel, packed, an old dlv, attach, remote, core, run configurations."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from gomend.debug import dap
from tests.debug.why.lab import ENV, HERE, no_ptrace

WAITS = 'package main\n\nimport "time"\n\nfunc main() {\n\tfor {\n\t\ttime.Sleep(time.Second)\n\t}\n}\n'


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("app")
    shutil.copytree(HERE / "projects" / "app", folder / "src")
    build = ["go", "build", "-gcflags=all=-N -l", f"-o={folder}/out", "."]
    subprocess.run(build, cwd=folder / "src", check=True, env=ENV)
    return folder


def ask(folder: Path, *words: str, before: Callable[[], None] | None = None, **question: Any) -> dict[str, Any]:
    """The answer's first breakpoint."""
    if question:
        file = folder / "ask.json"
        file.write_text(json.dumps({"cwd": str(folder), **question}))
        words = ("--launch", str(file), *words)
    argv = [sys.executable, "-m", "gomend", "debug", "why", *words, "--format", "json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=ENV, preexec_fn=before, cwd=folder)
    assert done.returncode in {0, 1}, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["breakpoints"][0]
    return found


def test_ptrace_refused_by_the_kernel(app: Path) -> None:
    found = ask(
        app,
        before=no_ptrace,
        launch={"mode": "exec", "program": str(app / "out")},
        breakpoints=[{"file": f"{app}/src/main.go", "lines": [24]}],
    )
    assert found["cause"] == "ptrace-refused"
    assert any("Seccomp: 2" in line for line in found["evidence"]), found


@pytest.mark.full
def test_a_dlv_that_is_too_old_for_the_program(app: Path, tmp_path: Path) -> None:
    env = {**ENV, "GOBIN": str(tmp_path), "GOFLAGS": ""}
    subprocess.run(["go", "install", "github.com/go-delve/delve/cmd/dlv@v1.23.1"], check=True, env=env, capture_output=True)
    file = tmp_path / "ask.json"
    question = {
        "launch": {"mode": "exec", "program": f"{app}/out"},
        "breakpoints": [{"file": f"{app}/src/main.go", "lines": [24]}],
    }
    file.write_text(json.dumps(question))
    argv = [sys.executable, "-m", "gomend", "debug", "why", "--launch", str(file), "--format", "json"]
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env={**ENV, "PATH": path}, cwd=tmp_path)
    found = json.loads(done.stdout)["breakpoints"][0]
    assert found["cause"] == "dlv-too-old"
    assert any(" needs dlv 1." in line for line in found["evidence"]), found


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    (tmp_path / "go.mod").write_text("module example.com/waits\n\ngo 1.25\n")
    (tmp_path / "main.go").write_text(WAITS)
    subprocess.run(["go", "build", "-gcflags=all=-N -l", "-o", "waits", "."], cwd=tmp_path, check=True, env=ENV)
    with subprocess.Popen([tmp_path / "waits"]) as process:
        yield tmp_path, process.pid
        assert process.poll() is None, "asking must not end the process"
        process.kill()


def test_attach_leaves_the_process_running(running: tuple[Path, int]) -> None:
    folder, pid = running
    attach = {"request": "attach", "mode": "local", "processId": pid}
    found = ask(folder, "--run", launch=attach, breakpoints=[{"file": f"{folder}/main.go", "lines": [7]}])
    assert (found["bound"], found["cause"], found["verified"]) == (True, "none", True)
    assert found["stopped"] is None
    time.sleep(0.2)
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    assert state in "SR", state


def test_attach_to_nothing(tmp_path: Path) -> None:
    attach = {"request": "attach", "mode": "local", "processId": 999999999}
    found = ask(tmp_path, launch=attach, breakpoints=[{"file": "/main.go", "lines": [7]}])
    assert not found["bound"]
    assert "999999999" in " ".join(found["evidence"])


def test_a_remote_program_is_judged_by_what_was_built(app: Path) -> None:
    build = [f"cd {app}/src && go build -trimpath -gcflags='all=-N -l' -o {app}/far ."]
    subprocess.run(["sh", "-c", build[0]], check=True, env=ENV)
    remote = {"request": "attach", "mode": "remote", "host": "127.0.0.1", "port": 1}
    found = ask(app, build=build, launch=remote, breakpoints=[{"file": f"{app}/src/main.go", "lines": [24]}])
    assert (found["cause"], found["verified"]) == ("trimpath", True)


def test_a_remote_program_of_which_nothing_is_here_is_said_so(tmp_path: Path) -> None:
    remote = {"request": "attach", "mode": "remote", "host": "127.0.0.1", "port": 1}
    file = tmp_path / "ask.json"
    file.write_text(json.dumps({"launch": remote, "breakpoints": [{"file": "/main.go", "lines": [1]}], "cwd": str(tmp_path)}))
    argv = [sys.executable, "-m", "gomend", "debug", "why", "--launch", str(file)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=ENV)
    assert done.returncode == 2
    assert "program" in done.stderr
    assert "Traceback" not in done.stderr


VSCODE = """{
  // ours
  "configurations": [
    {"name": "Shop", "type": "go", "request": "launch", "mode": "exec", "program": "${workspaceFolder}/out",},
    {"name": "Far", "type": "go", "request": "attach", "mode": "remote", "port": 2345},
  ],
}
"""
GOLAND = """<component name="ProjectRunConfigurationManager">
  <configuration default="false" name="tool" type="GoApplicationRunConfiguration" factoryName="Go Application">
    <module name="app" />
    <working_directory value="$PROJECT_DIR$" />
    <kind value="PACKAGE" />
    <package value="example.com/app/cmd/tool" />
    <directory value="$PROJECT_DIR$" />
    <filePath value="$PROJECT_DIR$/main.go" />
    <method v="2" />
  </configuration>
</component>
"""


def test_a_launch_json_and_a_name_are_a_question(app: Path) -> None:
    (app / ".vscode").mkdir()
    (app / ".vscode/launch.json").write_text(VSCODE)
    found = ask(app, "--config", f"{app}/.vscode/launch.json:Shop", "--break", f"{app}/src/main.go:13")
    assert (found["cause"], found["line"]) == ("no-statement", 13)


def test_a_run_configuration_of_goland_is_a_question(app: Path) -> None:
    (app / "src/.run").mkdir()
    file = app / "src/.run/tool.run.xml"
    file.write_text(GOLAND)
    found = ask(app, "--config", str(file), "--break", f"{app}/src/cmd/tool/main.go:6")
    assert (found["cause"], found["verified"]) == ("none", True)
    found = ask(app, "--config", str(file), "--break", f"{app}/src/main.go:24")
    assert (found["cause"], found["fix"]["launch"]["program"]) == ("not-in-binary", f"{app}/src")
    assert found["verified"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--launch FILE"),
        (("--config", "x.json"), "--break"),
        (("--config", "nothing.json", "--break", "a.go:1"), "nothing.json"),
        (("--config", "c.json", "--break", "a.go"), "FILE:LINE"),
        (("--config", "c.json", "--break", "a.go:0"), "FILE:LINE"),
        (("--config", "c.json", "--break", "a.go:1"), "Shop, Far"),
        (("--config", "c.json:Shp", "--break", "a.go:1"), "Shop, Far"),
        (("--config", "bad.json", "--break", "a.go:1"), "bad.json"),
        (("--config", "empty.xml", "--break", "a.go:1"), "empty.xml"),
        (("--launch", "bad.json"), "bad.json"),
    ],
)
def test_a_bad_question_has_one_clear_answer(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    (tmp_path / "c.json").write_text(VSCODE)
    (tmp_path / "bad.json").write_text("{]")
    (tmp_path / "empty.xml").write_text("<component/>")
    argv = [sys.executable, "-m", "gomend", "debug", "why", *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=ENV, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({}, "breakpoints"),
        ({"breakpoints": [{"file": "a.go", "lines": [0]}]}, "counted from 1"),
        ({"breakpoints": [{"file": "a\0.go", "lines": [1]}]}, "NUL"),
        ({"breakpoints": [], "launch": {"env": ["A=1"]}}, "launch.env"),
        ({"breakpoints": [], "launch": {"buildFlags": {"a": 1}}}, "launch.buildFlags"),
        ({"breakpoints": [], "launch": {"request": "attach", "processId": "x"}}, "mode local"),
    ],
)
def test_a_question_of_another_shape_has_one_clear_answer(tmp_path: Path, question: dict[str, Any], said: str) -> None:
    (tmp_path / "ask.json").write_text(json.dumps(question))
    argv = [sys.executable, "-m", "gomend", "debug", "why", "--launch", "ask.json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=ENV, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("file", "cause", "rule"),
    [
        ("C:\\work\\main.go", "path-mismatch", {"from": "C:\\work", "to": "{app}/src"}),
        ("\\\\server\\share\\main.go", "path-mismatch", {"from": "\\\\server\\share", "to": "{app}/src"}),
        ("C:/code/main.go", "path-mismatch", {"from": "C:/code", "to": "{app}/src"}),
        ("C:\\work\\internal\\Calc\\MyCalc.go", "path-mismatch", None),
        ("file://{app}/src/main.go", "uri", None),
    ],
)
def test_paths_of_other_systems_are_brought_to_the_recorded_one(
    app: Path, file: str, cause: str, rule: dict[str, str] | None
) -> None:
    exec_ = {"mode": "exec", "program": f"{app}/out"}
    line = 13 if "Calc" in file else 24
    found = ask(app, launch=exec_, breakpoints=[{"file": file.replace("{app}", str(app)), "lines": [line]}])
    assert (found["cause"], found["verified"]) == (cause, True), found
    if rule:
        assert found["fix"]["substitutePath"] == [{k: v.replace("{app}", str(app)) for k, v in rule.items()}]
    else:
        assert found["fix"]["breakpoint"]["file"].startswith(f"{app}/src/")


def test_stopping_is_seen(app: Path) -> None:
    exec_ = {"mode": "exec", "program": f"{app}/out"}
    found = ask(app, "--run", launch=exec_, breakpoints=[{"file": f"{app}/src/main.go", "lines": [24]}])
    assert (found["stopped"], found["verified"]) == (True, True)


def test_a_core_dump_is_judged_by_its_program(app: Path) -> None:
    core = {"mode": "core", "program": f"{app}/out", "coreFilePath": f"{app}/core"}
    found = ask(app, launch=core, breakpoints=[{"file": f"{app}/src/main.go", "lines": [24]}])
    assert (found["cause"], found["bound"]) == ("none", True)


def test_a_real_log_of_the_adapter_tells_a_reversed_rule(app: Path, tmp_path: Path) -> None:
    wrapper = tmp_path / "dlv"
    log = tmp_path / "dlv.log"
    real = shutil.which("dlv", path=ENV["PATH"])
    wrapper.write_text(f'#!/bin/bash\nexec > >(tee {log}) 2>&1\nexec {real} "$@" --log --log-output=dap,rpc,debugger\n')
    wrapper.chmod(0o755)
    arguments = {"mode": "exec", "program": f"{app}/out", "substitutePath": [{"from": "/app", "to": f"{app}/away"}]}
    place = (f"{app}/away/main.go", 24)
    anyio.run(lambda: dap.bind(str(wrapper), arguments, [place], cwd=str(app), env=ENV))
    argv = [sys.executable, "-m", "gomend", "why", str(log), "-C", f"{app}/src", "--format", "json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=ENV, cwd=app)
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)["findings"]
    assert "GM357" in [f["code"] for f in found], found
