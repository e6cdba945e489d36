"""Servers and projects for the tests of this chapter."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.modules.lab import Lab
from tests.modules.server import ProxyServer, Store


@pytest.fixture
def store() -> Store:
    made = Store()
    made.add("example.com/a", "v1.0.0", {"a.go": "package a\n"})
    made.add("example.com/a", "v1.1.0", {"a.go": "package a\n"})
    made.add(
        "example.com/b",
        "v1.0.0",
        {
            "go.mod": "module example.com/b\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n",
            "b.go": 'package b\n\nimport _ "example.com/a"\n',
        },
    )
    made.add("example.com/liar", "v1.0.0", {"go.mod": "module example.com/truth\n", "a.go": "package a\n"})
    made.add("example.com/newgo", "v1.0.0", {"go.mod": "module example.com/newgo\n\ngo 1.99.0\n", "a.go": "package a\n"})
    made.add("example.com/multi", "v1.0.0", {"in/in.go": "package in\n"})
    made.add("corp.example.com/priv", "v0.1.0", {"p.go": "package priv\n"})
    return made


@pytest.fixture
def server(store: Store) -> Iterator[ProxyServer]:
    made = ProxyServer(store)
    yield made
    made.close()


@pytest.fixture
def lab(tmp_path: Path, server: ProxyServer) -> Iterator[Lab]:
    yield Lab(tmp_path, server)
    for folder, _, _ in os.walk(tmp_path):
        os.chmod(folder, stat.S_IRWXU)
