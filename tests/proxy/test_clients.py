"""Real go commands from 1.21 to the newest, with GOPROXY pointing at the proxy alone. They are fetched as toolchains, by go itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proxy.conftest import Behind, Proxy
from tests.proxy.test_go import Project

Start = Callable[..., Proxy]
OLDEST = 21


def go(*words: str, **environ: str) -> str:
    done = subprocess.run(["go", *words], capture_output=True, text=True, env={**os.environ, **environ}, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def newest() -> dict[int, str]:
    """The newest release of each minor version from 1.21 on, by minor version."""
    found: dict[int, str] = {}
    for version in go("list", "-m", "-versions", "go", GOWORK="off", GO111MODULE="on").split()[1:]:
        major, _, rest = version.partition(".")
        minor = rest.partition(".")[0]
        if major == "1" and minor.isdigit() and int(minor) >= OLDEST:
            found[int(minor)] = f"go{version}"
    return found


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_every_go_gets_builds_tidies_and_lists_updates(start: Start, behind: Behind, tmp_path: Path) -> None:
    proxy = start("--upstream", behind.url)
    tried = newest()
    assert len(tried) >= 5
    for minor, name in tried.items():
        root = go("env", "GOROOT", GOTOOLCHAIN=name)
        project = Project(tmp_path / name, proxy.url, PATH=f"{root}/bin:{os.environ['PATH']}")
        assert name in project.fine("version")
        project.fine("get", "example.com/a@v1.0.0", "example.com/b@latest", "example.com/UP/Case")
        project.fine("build", "./...")
        project.fine("mod", "tidy")
        assert "example.com/a v1.0.0 [v1.1.0]" in project.fine("list", "-m", "-u", "all"), minor
        project.fine("get", "-u", "./...")
        assert "example.com/a v1.1.0" in project.fine("list", "-m", "all")
        assert "v1.0.0 v1.1.0" in project.fine("list", "-m", "-versions", "example.com/a")
        project.fine("mod", "verify")


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_go_switches_to_a_toolchain_that_comes_through_the_proxy(start: Start, tmp_path: Path) -> None:
    """Toolchains are always checked with the public database, so the upstream is the one that this machine's go uses."""
    first = go("env", "GOPROXY").partition(",")[0].partition("|")[0]
    proxy = start("--upstream", first)
    mine = go("env", "GOVERSION", GOTOOLCHAIN="local")
    other = next(name for name in reversed(newest().values()) if name != mine)
    project = Project(tmp_path / "p", proxy.url, GOTOOLCHAIN=f"{other}+auto", GOSUMDB=go("env", "GOSUMDB"))
    assert other in project.fine("version")
    kept = list((proxy.store / "golang.org/toolchain/@v").glob(f"*{other}.*.zip"))
    assert len(kept) == 1
    assert proxy.get("/metrics")[2].count(b"gomend_proxy_alarms_total 0.0") == 1
