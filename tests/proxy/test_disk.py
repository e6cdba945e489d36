"""A disk that is full, broken or out of handles at the n-th call, for each n: nothing half is ever seen, and all is well afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from gomend.lab import modules
from tests.proxy.conftest import SOURCES

HERE = Path(__file__).parent / "diskfaults"


def test_the_disk_fails_at_each_call(tmp_path: Path) -> None:
    library = tmp_path / "faults.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", str(library), str(HERE / "faults.c"), "-ldl"], check=True)
    upstream = tmp_path / "upstream"
    for suffix in ("info", "mod", "zip"):
        place = f"example.com/a/@v/v1.0.0.{suffix}"
        (upstream / place).parent.mkdir(parents=True, exist_ok=True)
        (upstream / place).write_bytes(modules.answer(f"/{place}", modules.RELEASES)[1])
    (upstream / "example.com/a/@v/list").write_text("v1.0.0\n")
    (tmp_path / "work").mkdir()
    done = subprocess.run(
        [sys.executable, str(HERE / "fetching.py"), str(tmp_path / "work"), str(upstream), "1"],
        env={**os.environ, "PYTHONPATH": SOURCES, "LD_PRELOAD": str(library)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["bad"] == []
    assert answer["tried"] >= 100
    assert {"open", "write", "fsync", "rename", "mkdir", "fchmod", "read"} <= set(answer["hits"])
