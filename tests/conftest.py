"""Common ground of the tests: tools on PATH, and a home of one's own."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

# `make test` tries the same examples every time, so that it is green or red for a reason in the tree;
# `make test-full` (HYPOTHESIS_PROFILE=wide) looks for new ones.
hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None)
hypothesis.settings.register_profile("wide", deadline=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / ".cache" / "tools" / "bin"
os.environ["PATH"] = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"
for _name in ("GOMEND_LANG", "GOMEND_STATE", "NO_COLOR", "FORCE_COLOR"):
    os.environ.pop(_name, None)
os.environ["LC_ALL"] = "C.UTF-8"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder with its own go env file and state; the module and build caches stay shared."""
    import subprocess

    caches = subprocess.run(["go", "env", "GOMODCACHE", "GOCACHE"], capture_output=True, text=True, check=True).stdout.split()
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("GOENV", "GOFLAGS", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("GOMODCACHE", caches[0])
    monkeypatch.setenv("GOCACHE", caches[1])
    monkeypatch.setenv("GOMEND_STATE", str(folder / "state"))
    return folder
