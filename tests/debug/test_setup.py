"""gomend debug init, build and core, on real projects, with the real go, dlv, objcopy and kernel."""

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
from xml.etree import ElementTree as ET

import pytest

from gomend.debug import configs, jsonc, runconfig
from gomend.debug.configs import Target
from tests.debug.why.lab import HERE, TOOLS

ENV = {**os.environ, "GOFLAGS": "-buildvcs=false", "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}
OWN = """{
  // keep me
  "version": "0.2.0",
  "configurations": [
    {"name": "mine", "type": "go", "request": "launch", "program": "x"}, // and me
    {"name": "cmd/tool", "type": "go", "request": "launch", "program": "${workspaceFolder}/cmd/tool", "args": ["own"]},
  ],
}
"""
CRASH = """package main

import "fmt"

func main() {
	var p *int
	fmt.Println(*p)
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(HERE / "projects/app", tmp_path / "app")
    return tmp_path / "app"


def gomend(folder: Path, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    state = {"XDG_STATE_HOME": str(folder.parent / "state")}
    argv = [sys.executable, "-m", "gomend", *words]
    return subprocess.run(argv, cwd=folder, env={**ENV, **state, **(env or {})}, capture_output=True, text=True, check=False)


def answer(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode in {0, 1, 4}, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_init_shows_writes_proves_and_can_be_undone(project: Path) -> None:
    (project / ".vscode").mkdir()
    (project / ".vscode/launch.json").write_text(OWN)
    before = sorted(p.relative_to(project) for p in project.rglob("*"))
    dry = gomend(project, "debug", "init")
    assert dry.returncode == 0
    assert "+++ b/.nvim.lua" in dry.stdout
    assert sorted(p.relative_to(project) for p in project.rglob("*")) == before

    made = answer(gomend(project, "debug", "init", "--yes", "--format", "json"))
    assert [(p["name"], p["hit"]) for p in made["proofs"]] == [
        (name, True)
        for name in ("app", "cmd/tool", "Tests of app", configs.CURSOR, configs.ATTACH, configs.REMOTE, configs.CORE)
    ]
    text = (project / ".vscode/launch.json").read_text()
    assert text.startswith(OWN[: OWN.index("  ],")].rstrip(",\n"))
    document = jsonc.parse(text)
    listed = document.get("configurations")
    assert listed is not None
    names = [i.data["name"] for i in listed.items]
    assert names.count("cmd/tool") == 1
    assert {"mine", "app", "Tests of app", "Test at the cursor", "Attach to a process", "Core dump"} < set(names)
    for file in (project / ".run").iterdir():
        ET.parse(file)
    read = [runconfig.read(f.read_text(), str(project)) for f in sorted((project / ".run").iterdir())]
    assert {c.package for found in read for c in found} == {"example.com/app", "example.com/app/cmd/tool", ""}
    assert json.loads((project / ".zed/debug.json").read_text())[0]["adapter"] == "Delve"

    again = answer(gomend(project, "debug", "init", "--yes", "--no-prove", "--format", "json"))
    assert (again["files"], again["written"]) == ([], False)
    assert gomend(project, "undo").returncode == 0
    assert (project / ".vscode/launch.json").read_text() == OWN
    assert sorted(p.relative_to(project) for p in project.rglob("*") if p.is_file()) == [
        p for p in before if (project / p).is_file()
    ]


def test_what_init_writes_is_clean_by_its_own_rules(project: Path) -> None:
    assert gomend(project, "debug", "init", "--yes", "--no-prove").returncode == 0
    done = gomend(project, "check", "--select", "GM3", "--format", "json")
    assert answer(done)["findings"] == []


def test_a_launch_json_that_cannot_be_read_is_left_alone(project: Path) -> None:
    (project / ".vscode").mkdir()
    (project / ".vscode/launch.json").write_text("{ no json")
    made = answer(gomend(project, "debug", "init", "--yes", "--no-prove", "--for", "vscode", "--format", "json"))
    assert list(made["left"]) == [".vscode/launch.json"]
    assert (project / ".vscode/launch.json").read_text() == "{ no json"


def test_a_folder_without_programs_has_one_clear_answer(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/go.mod").write_text("module example.com/a\n\ngo 1.25\n")
    done = gomend(tmp_path / "a", "debug", "init")
    assert done.returncode == 2
    assert "no main package" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_devcontainer_gets_what_ptrace_needs_and_keeps_the_rest() -> None:
    old = '{\n  // ours\n  "image": "golang",\n  "capAdd": ["NET_ADMIN"],\n}\n'
    edits = configs.devcontainer(old)
    assert edits[0].new.startswith('{\n  // ours\n  "image": "golang",')
    data = jsonc.parse(edits[0].new).root
    assert data is not None
    assert data.data == {"image": "golang", "capAdd": ["NET_ADMIN", "SYS_PTRACE"], "securityOpt": ["seccomp=unconfined"]}
    assert configs.devcontainer(edits[0].new) == ()


def test_names_with_quotes_and_angles_stay_names() -> None:
    one = Target(name='a<b>"&c', folder="x", package="example.com/x")
    body = next(iter(configs.goland((one,)).values()))
    assert runconfig.read(body, "/p")[0].name == one.name
    assert json.dumps(one.name, ensure_ascii=False) in configs.neovim((one,))


def test_build_drops_what_a_debugger_cannot_use_and_replaces_a_stripped_output(project: Path) -> None:
    out = project.parent / "out"
    subprocess.run(["go", "build", "-ldflags=-s -w", "-o", out, "."], cwd=project, env=ENV, check=True)
    spoilt = {"GOFLAGS": "-trimpath -ldflags=-w -buildvcs=false"}
    made = answer(gomend(project, "debug", "build", "-o", str(out), "--format", "json", env=spoilt))
    assert made["dropped"] == ["-trimpath", "-ldflags=-w"]
    assert made["commands"][0] == f"rm -f {out}"
    ask = {"launch": {"mode": "exec", "program": str(out)}, "breakpoints": [{"file": f"{project}/main.go", "lines": [24]}]}
    (project / "ask.json").write_text(json.dumps(ask))
    found = answer(gomend(project, "debug", "why", "--launch", "ask.json", "--run", "--format", "json"))["breakpoints"][0]
    assert (found["cause"], found["stopped"]) == ("none", True)


def test_build_splits_and_dlv_finds_the_debug_file(project: Path) -> None:
    out = project.parent / "out"
    made = answer(gomend(project, "debug", "build", "-o", str(out), "--split", "--format", "json"))
    assert made["debug_file"] == f"{out}.debug"
    sections = subprocess.run(["objdump", "-h", out], capture_output=True, text=True, check=True).stdout
    assert ".debug_info" not in sections
    ask = {"launch": {"mode": "exec", "program": str(out)}, "breakpoints": [{"file": f"{project}/main.go", "lines": [24]}]}
    (project / "ask.json").write_text(json.dumps(ask))
    found = answer(gomend(project, "debug", "why", "--launch", "ask.json", "--run", "--format", "json"))["breakpoints"][0]
    assert (found["cause"], found["stopped"]) == ("none", True)


@pytest.mark.parametrize(
    ("words", "said"), [(("./plat", "-o", "out"), "main package"), (("./none", "-o", "out"), "none"), (("-o", "."), "folder")]
)
def test_what_cannot_be_built_is_told_and_leaves_nothing(project: Path, words: tuple[str, ...], said: str) -> None:
    before = sorted(os.listdir(project))
    done = gomend(project, "debug", "build", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert sorted(os.listdir(project)) == before


def test_a_dry_run_builds_nothing(project: Path) -> None:
    made = answer(gomend(project, "debug", "build", "-o", "out", "--dry-run", "--format", "json"))
    assert made["binary"] == ""
    assert not (project / "out").exists()


@pytest.fixture(scope="module")
def crash(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crash")
    (folder / "go.mod").write_text("module example.com/crash\n\ngo 1.25\n")
    (folder / "main.go").write_text(CRASH)
    subprocess.run(["go", "build", "-gcflags=all=-N -l", "-o", "crash", "."], cwd=folder, env=ENV, check=True)
    subprocess.run(["go", "build", "-o", "other", "."], cwd=folder, env=ENV, check=True)
    subprocess.run(["go", "build", "-ldflags=-s -w", "-o", "bare", "."], cwd=folder, env=ENV, check=True)

    def unlimited() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)

    subprocess.run(
        ["./crash"], cwd=folder, env={**ENV, "GOTRACEBACK": "crash"}, preexec_fn=unlimited, capture_output=True, check=False
    )
    dumps = [p for p in folder.iterdir() if p.name.startswith("core")]
    assert dumps, f"no core dump; kernel.core_pattern: {Path('/proc/sys/kernel/core_pattern').read_text()}"
    dumps[0].rename(folder / "core")
    return folder


def test_a_core_dump_is_opened_by_the_command_that_is_named(crash: Path) -> None:
    done = gomend(crash, "debug", "core", "core", "--format", "json")
    found = answer(done)
    assert (done.returncode, found["match"], found["signal"], found["core"]["missing"]) == (0, "same", "SIGABRT", 0)
    said = subprocess.run(
        [*found["command"], "--allow-non-terminal-interactive"],
        input="bt\nexit\n", capture_output=True, text=True, check=False, cwd=crash, env=ENV, timeout=60,
    )  # fmt: skip
    plain = re.sub(r"\x1b\[\d*m", "", said.stdout)
    assert "in main.main\n    at ./main.go:7" in plain, plain + said.stderr
    read = subprocess.run(["readelf", "-n", "core"], cwd=crash, capture_output=True, text=True, check=True).stdout
    assert found["core"]["threads"] == read.count("NT_PRSTATUS")


def test_another_build_is_told_by_its_build_id(crash: Path) -> None:
    done = gomend(crash, "debug", "core", "core", "other", "--format", "json")
    assert (done.returncode, answer(done)["match"]) == (1, "other")


def test_a_dump_that_was_cut_off_is_told(crash: Path, tmp_path: Path) -> None:
    whole = (crash / "core").read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    done = gomend(crash, "debug", "core", str(tmp_path / "cut"), "crash", "--format", "json")
    assert done.returncode == 1
    assert answer(done)["core"]["missing"] == len(whole) - len(whole) // 2


@pytest.mark.parametrize(
    "content", [b"", b"\x7fELF", b"\x7fELF\x02\x01" + b"\0" * 10, b"no core" * 100, b"\x7fELF\x02\x01\x01" + b"\xff" * 200]
)
def test_what_is_no_dump_has_one_clear_answer(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "core").write_bytes(content)
    done = gomend(tmp_path, "debug", "core", "core")
    assert (done.returncode, done.stdout) == (2, "")
    assert "core" in done.stderr
    assert "Traceback" not in done.stderr
