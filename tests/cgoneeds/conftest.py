"""Real projects, pinned, through the module proxy that go is set to."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

REQUIRES = {
    "github.com/mattn/go-sqlite3": "v1.14.24",
    "github.com/google/gopacket": "v1.1.19",
    "github.com/uber/h3-go/v4": "v4.1.0",
    "github.com/DataDog/zstd": "v1.5.6",
    "github.com/confluentinc/confluent-kafka-go/v2": "v2.6.1",
    "github.com/tree-sitter/go-tree-sitter": "v0.24.0",
}
"""Module versions; kafka and zstd are large and belong to the full run."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write a project and let go fill its go.sum."""
    monkeypatch.setenv("GOFLAGS", "-buildvcs=false")
    monkeypatch.setenv("GOWORK", "off")
    monkeypatch.setenv("GOENV", str(tmp_path / "goenv"))
    for name in ("CC", "CXX", "CGO_ENABLED", "CGO_CFLAGS", "CGO_LDFLAGS", "GOOS", "GOARCH", "PKG_CONFIG_PATH"):
        monkeypatch.delenv(name, raising=False)

    def make(files: dict[str, str], *modules: str) -> Path:
        root = tmp_path / "project"
        requires = "".join(f"\trequire {m} {REQUIRES[m]}\n".replace("\t", "") for m in modules)
        held = {"go.mod": f"module example.com/app\n\ngo 1.22\n\n{requires}", **files}
        for name, text in held.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        if modules:
            done = subprocess.run(
                ["go", "mod", "tidy"], cwd=root, capture_output=True, text=True, check=False, env=dict(os.environ)
            )
            assert done.returncode == 0, done.stderr
        return root

    return make
