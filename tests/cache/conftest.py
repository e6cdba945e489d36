from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gomend.ports.state import remove_tree
from tests.cache.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One cache for all tests of a worker; each damages a copy."""
    folder: Path = tmp_path_factory.mktemp("cache")
    made = World(folder)
    yield made
    made.stage.close()
    for _ in range(20):  # a go whose gomend was killed may still write there for a moment
        try:
            remove_tree(str(folder))
        except OSError:
            time.sleep(0.2)
