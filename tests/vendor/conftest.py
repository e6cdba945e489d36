from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gomend.ports.state import remove_tree
from tests.vendor.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One cache and its projects for all tests of a worker; each damages a copy."""
    folder: Path = tmp_path_factory.mktemp("vendor")
    made = World(folder)
    yield made
    made.stage.close()
    remove_tree(str(folder))
