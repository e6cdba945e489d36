"""A small Go program that answers as Go's own libraries do, built once."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


class Oracle:
    """Asks the Go program, one line a question."""

    def __init__(self, program: Path) -> None:
        # as the go command itself reads URLs, whose go.mod is of its own age; a program's go.mod may ask for the older way
        env = {**os.environ, "GODEBUG": "urlstrictcolons=1"}
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)

    def ask(self, *words: str) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()


@pytest.fixture(scope="session")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    folder = tmp_path_factory.mktemp("oracle")
    (folder / "main.go").write_text((Path(__file__).parent / "helper.go.txt").read_text())
    (folder / "go.mod").write_text("module example.com/oracle\n\ngo 1.22\n")
    subprocess.run(["go", "build", "-o", "oracle", "."], cwd=folder, check=True, capture_output=True)
    made = Oracle(folder / "oracle")
    yield made
    made.close()
