"""Real projects: a vendor folder that go mod vendor just made raises no alarm, and one changed byte in it is found."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from gomend.ports.state import remove_tree
from tests.vendor.world import GOMEND

pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]
PROJECTS = ("github.com/prometheus/prometheus@v0.305.0", "github.com/caddyserver/caddy/v2@v2.10.0")


def run(words: list[str], cwd: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ,
        "GOMODCACHE": str(cache / "mod"),
        "GOCACHE": str(cache / "build"),
        "GOMEND_STATE": str(cache / "state"),
        "PWD": str(cwd),
    }
    return subprocess.run(
        words, cwd=cwd, env=env | {"GOFLAGS": "", "GOWORK": "off"}, capture_output=True, text=True, check=False, timeout=1200
    )


@pytest.fixture(params=PROJECTS)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """The project's sources with a fresh vendor folder, and the folder of its caches."""
    cache = tmp_path / "caches"
    (empty := tmp_path / "empty").mkdir()
    got = json.loads(run(["go", "mod", "download", "-json", request.param], empty, cache).stdout)
    folder = tmp_path / "project"
    subprocess.run(["cp", "-r", got["Dir"], str(folder)], check=True)
    subprocess.run(["chmod", "-R", "u+w", str(folder)], check=True)
    made = run(["go", "mod", "vendor"], folder, cache)
    assert made.returncode == 0, made.stderr
    yield folder, cache
    remove_tree(str(tmp_path))


def answer(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_no_alarm_and_every_change_is_found(project: tuple[Path, Path]) -> None:
    folder, cache = project
    words = [GOMEND, "mod", "vendor", "prove", "--strict", "--format", "json"]
    done = run(words, folder, cache)
    found = answer(done)
    assert (done.returncode, found["bad"], found["undetermined"]) == (0, [], [])
    assert found["checked"] >= 50
    files = sorted(p for p in (folder / "vendor").rglob("*") if p.is_file() and p.name != "modules.txt" and p.stat().st_size)
    assert found["files"] >= len(files)
    hurt = random.Random(1).sample(files, 40)
    for number, path in enumerate(hurt):
        if number % 2:
            path.unlink()
        else:
            raw = bytearray(path.read_bytes())
            raw[len(raw) // 2] ^= 1
            path.write_bytes(raw)
    told = {p for b in answer(run(words, folder, cache))["bad"] for p in b["paths"]}
    assert told == {str(p.relative_to(folder)) for p in hurt}
    assert answer(run([GOMEND, "mod", "vendor", "sync", "--yes", "--format", "json"], folder, cache))["outcome"] == "proved"
    assert run(words, folder, cache).returncode == 0


def test_the_bill_lists_what_go_lists(project: tuple[Path, Path]) -> None:
    folder, cache = project
    made = run([GOMEND, "mod", "sbom"], folder, cache)
    assert made.returncode == 0, made.stderr
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(made.stdout) is None
    listed = [line.split()[1] for line in (folder / "vendor/modules.txt").read_text().splitlines() if line.startswith("# ")]
    parts = json.loads(made.stdout)["components"]
    assert {c["name"] for c in parts} == set(listed)
    assert all(c["hashes"] for c in parts if c["scope"] == "required")
    named = [li for c in parts for li in c.get("licenses", ())]
    assert sum("id" in li["license"] for li in named) > 0.7 * len(named)
