from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cgo.bench import Bench


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gocache")


@pytest.fixture
def bench(tmp_path: Path, cache: Path) -> Callable[[dict[str, str]], Bench]:
    return lambda files: Bench(tmp_path, cache, files)
