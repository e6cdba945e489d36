"""Real go commands, real PATHs, a Delve that is really built: the rules of this chapter at work."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gomend.model.base import Severity
from gomend.model.outcome import OutcomeKind
from tests.modules.lab import GO, MOD, Lab
from tests.modules.server import Store

DLV = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("Delve Debugger\\nVersion: %s\\nBuild: $Id: 0$") }\n'
LAUNCH = '{"configurations": [{"type": "go", "request": "launch"}]}\n'


def script(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{says}\nEND\n")
    path.chmod(0o755)
    return path


def only(lab: Lab, *programs: str) -> None:
    """A PATH with nothing but these programs."""
    folder = lab.folder / "bin"
    folder.mkdir()
    for name in programs:
        (folder / name).symlink_to(str(shutil.which(name)))
    lab.variables["PATH"] = str(folder)


def delves(store: Store) -> None:
    for version in ("v1.22.1", "v1.26.0", "v1.27.2"):
        files = {"go.mod": "module github.com/go-delve/delve\n\ngo 1.21\n", "cmd/dlv/main.go": DLV % version[1:]}
        store.add("github.com/go-delve/delve", version, files)


def test_go_is_not_on_path(lab: Lab) -> None:
    lab.good()
    assert lab.codes("GM001") == []
    lab.variables["PATH"] = str(lab.folder)
    found = lab.check("GM001").findings
    assert [f.severity for f in found] == [Severity.ERROR]
    folder = os.path.dirname(str(shutil.which("go")))
    if os.path.realpath(folder) == "/usr/local/go/bin":
        assert folder in found[0].fixes[0].hints[0]


def test_no_go_project_needs_no_go(lab: Lab) -> None:
    lab.write({"README.md": "hello\n"})
    lab.variables["PATH"] = str(lab.folder)
    assert lab.codes("GM001") == []


def test_go_too_old(lab: Lab) -> None:
    lab.write({"go.mod": "module example.com/shop\n\ngo 1.99.0\n", "shop.go": "package shop\n"})
    del lab.variables["GOTOOLCHAIN"]
    lab.set(GOTOOLCHAIN="local")
    stderr = lab.go("build", "./...").stderr
    assert "requires go >= 1.99.0" in stderr
    found = lab.check("GM0", "GM1", log=stderr).findings
    assert found[0].code == "GM002"
    assert [f.code for f in found if f.explained_by == found[0].fingerprint] == ["GM182"]
    assert lab.mend("GM002").kind is OutcomeKind.PROVED
    assert "GOTOOLCHAIN=auto" in (lab.folder / "goenv").read_text()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("module example.com/shop\n\ngo 1.21\n\ntoolchain go1.99.0\n", "GM003"),
        ("module example.com/shop\n\ngo 1.21\n", ""),
        ("module example.com/shop\n\ngo 1.21\n\ntoolchain go1.21.0\n", ""),
    ],
)
def test_toolchain_line_that_is_passed_over(lab: Lab, text: str, code: str) -> None:
    lab.write({"go.mod": text, "shop.go": "package shop\n"})
    del lab.variables["GOTOOLCHAIN"]
    lab.set(GOTOOLCHAIN="local")
    assert lab.go("build", "./...").returncode == 0
    assert lab.codes("GM002", "GM003") == [c for c in [code] if c]


def test_the_go_line_decides_as_go_does(lab: Lab) -> None:
    """Whatever the line: an error of ours means that the real go stops, silence that it runs."""
    running = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=True).stdout.strip()
    minor = int(running.split(".")[1])
    for line in ("1.21", f"1.{minor}", f"1.{minor}.0", f"1.{minor}.99", f"1.{minor}rc1", f"1.{minor + 1}", f"1.{minor + 1}rc1"):
        lab.write({"go.mod": f"module example.com/shop\n\ngo {line}\n", "shop.go": "package shop\n"})
        stops = lab.go("build", "./...").returncode != 0
        assert bool(lab.codes("GM002")) == stops, line


def test_a_second_go_on_path(lab: Lab) -> None:
    other = script(lab.folder / "other" / "go", "go version go1.20.1 linux/amd64")
    lab.variables["PATH"] += f"{os.pathsep}{other.parent}"
    found = lab.check("GM004").findings
    assert str(other) in [f.subject.name for f in found]
    other.unlink()
    other.symlink_to(str(shutil.which("go")))
    assert str(other) not in [f.subject.name for f in lab.check("GM004").findings]


def test_dlv_is_installed_and_renewed(lab: Lab, store: Store) -> None:
    delves(store)
    lab.write({"go.mod": "module example.com/shop\n\ngo 1.21\n", ".vscode/launch.json": LAUNCH})
    only(lab, "go", "sh", "cat")
    assert lab.mend("GM005").kind is OutcomeKind.PROVED
    dlv = lab.folder / "gopath" / "bin" / "dlv"
    assert dlv.exists()
    assert lab.codes("GM006") == []
    assert lab.codes("GM007") == ["GM007"]
    assert lab.go("install", "github.com/go-delve/delve/cmd/dlv@v1.22.1").returncode == 0
    assert lab.mend("GM006").kind is OutcomeKind.PROVED
    assert "Version: 1.22.1" not in subprocess.run([str(dlv), "version"], capture_output=True, text=True, check=True).stdout
    lab.variables["PATH"] += f"{os.pathsep}{dlv.parent}"
    assert lab.codes("GM005", "GM006", "GM007") == []


def test_no_go_mod(lab: Lab) -> None:
    lab.write({"main.go": "package main\n\nfunc main() {}\n"})
    done = lab.go("build", "./...")
    found = lab.check("GM0", "GM1", log=done.stderr).findings
    assert [f.slug for f in found if f.slug == "module-missing"]
    assert lab.codes("GM008") == ["GM008"]
    assert lab.go("mod", "init", "example.com/x").returncode == 0
    assert lab.codes("GM008") == []
    assert lab.go("build", "./...").returncode == 0


def test_untidy(lab: Lab) -> None:
    lab.good()
    assert lab.codes("GM009") == []
    lab.write({"shop.go": "package shop\n"})
    assert lab.mend("GM009").kind is OutcomeKind.PROVED
    assert "example.com/a" not in (lab.project / "go.mod").read_text()


def test_untidy_cannot_be_known_without_the_modules(lab: Lab) -> None:
    lab.write({"go.mod": MOD, "shop.go": GO})
    report = lab.check("GM009")
    assert [v.code for v in report.undetermined] == ["GM009"]
    assert lab.server.asked == []
