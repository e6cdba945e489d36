from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gomend.ports.state import remove_tree
from tests.cache.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A filled cache and a project; tests change copies of both."""
    folder: Path = tmp_path_factory.mktemp("bundle")
    made = World(folder)
    yield made
    made.stage.close()
    remove_tree(str(folder))


@pytest.fixture(scope="session")
def bundle(world: World) -> Path:
    """A bundle of the project."""
    path = world.folder / "b.tar"
    done = world.gomend("mod", "bundle", "make", "-o", str(path))
    assert done.returncode == 0, done.stderr
    return path
