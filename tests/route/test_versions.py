"""The model of each version of the go command against that version's real toolchain."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from gomend.golang import version as gover
from gomend.lab import tls
from gomend.modules.route.versions import CHANGES, NEWEST

from .agreement import compare
from .test_differential import TEXT
from .themes import THEMES, scene

TOOLCHAINS = ("1.21.13", "1.22.12", "1.23.12", "1.24.13", "1.25.7")
"""The last release of each line that a test can count on."""
EACH = 25
"""Scenarios of each theme."""


def folder_of(version: str) -> str:
    """Where that toolchain's go is, fetched if need be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gomend-tests" / "toolchains"
    environ = {**os.environ, "GOMODCACHE": str(cache), "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": f"go{version}"}
    done = subprocess.run(["go", "env", "GOROOT"], env=environ, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return f"{done.stdout.strip()}/bin"


def test_the_table() -> None:
    for name, change in CHANGES.items():
        assert gover.key(change.since) is not None, name
        assert not gover.older(NEWEST, change.since), name
        assert change.says, name


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", TOOLCHAINS)
def test_a_version(version: str) -> None:
    folder = folder_of(version)
    made = [{**scene(seed, theme), "go": version} for theme in THEMES for seed in range(30_000, 30_000 + EACH)]
    tls.authority()
    with ThreadPoolExecutor(2) as pool:
        verdicts = list(pool.map(partial(compare, folder=folder), made))
    wrong = [v.wrong for v in verdicts if v.wrong]
    same = sum(v.same_text for v in verdicts)
    print(f"go{version}: {len(made) - len(wrong)} of {len(made)} agree, {same} in every word")
    assert not wrong, "\n\n".join(wrong)
    assert same >= TEXT * len(made)
