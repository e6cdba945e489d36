"""The real go command as the client."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gomend.lab import modules
from tests.proxy.conftest import Behind, Proxy

Start = Callable[..., Proxy]


class Project:
    """A project with its own module cache."""

    def __init__(self, folder: Path, goproxy: str, **environ: str) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "go.mod").write_text("module example.com/shop\n\ngo 1.21\n")
        (folder / "main.go").write_text('package main\n\nimport _ "example.com/b"\n\nfunc main() {}\n')
        self.environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith("GO")},
            "GOPROXY": goproxy,
            "GOSUMDB": "off",
            "GOFLAGS": "-modcacherw",
            "GOTOOLCHAIN": "local",
            "GOMODCACHE": str(folder / ".cache"),
            "GOPATH": str(folder / ".go"),  # where go remembers the newest tree of each database
            "GOENV": "off",
            **environ,
        }

    def go(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["go", *words], cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False)

    def fine(self, *words: str) -> str:
        done = self.go(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout


def test_go_gets_lists_builds_and_tidies_through_it_alone(start: Start, behind: Behind, tmp_path: Path) -> None:
    proxy = start("--upstream", behind.url)
    project = Project(tmp_path / "p", proxy.url)
    project.fine("get", "example.com/b@latest")
    project.fine("build", "./...")
    assert project.fine("list", "-m", "-versions", "example.com/a") == "example.com/a v1.0.0 v1.1.0\n"
    assert "v1.1.0" in project.fine("list", "-m", "-u", "all")
    project.fine("get", "example.com/notags@main")
    assert modules.PSEUDO in (project.folder / "go.mod").read_text()
    project.fine("get", "example.com/UP/Case@v1.0.0")
    project.fine("mod", "tidy")
    # A second machine, with every upstream gone, from the server and from its folder.
    behind.close()
    for number, where in enumerate((proxy.url, f"file://{proxy.store}")):
        other = Project(tmp_path / f"other{number}", where)
        (other.folder / "go.mod").write_bytes((project.folder / "go.mod").read_bytes())
        (other.folder / "go.sum").write_bytes((project.folder / "go.sum").read_bytes())
        other.fine("build", "./...")
        assert other.fine("list", "-m", "-versions", "example.com/a").startswith("example.com/a v1.0.0")


def test_go_shows_what_the_server_says(start: Start, behind: Behind, tmp_path: Path) -> None:
    proxy = start("--upstream", behind.url)
    project = Project(tmp_path / "p", proxy.url)
    done = project.go("get", "example.com/nothing@v1.0.0")
    assert done.returncode == 1
    assert "no upstream of this proxy has it" in done.stderr
    assert "GOPRIVATE=example.com/nothing" in done.stderr
    behind.rules = [(".", "status:500")]
    done = project.go("get", "example.com/b@v1.0.0")
    assert "answered 500" in done.stderr
    assert "try again in a moment" in done.stderr


@pytest.mark.parametrize("separator", [",", "|"])
def test_go_goes_on_after_what_is_absent_and_only_with_a_bar_after_a_failure(
    start: Start, behind: Behind, tmp_path: Path, separator: str
) -> None:
    other = Behind()
    behind.world = lambda *_: (404, b"not found")
    try:
        proxy = start("--upstream", behind.url)
        assert Project(tmp_path / "p", f"{proxy.url}{separator}{other.url}").go("get", "example.com/b").returncode == 0
        behind.rules = [(".", "status:500")]
        code = Project(tmp_path / "q", f"{proxy.url}{separator}{other.url}").go("get", "example.com/multi").returncode
        assert (code == 0) is (separator == "|")
    finally:
        other.close()
