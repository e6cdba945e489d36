"""docs/cache-damage.md tells what really happens: every damage found, every damage mended or honestly refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cache.world import DAMAGES, World

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tools"))

import cache_table

SAMPLE = ("zip of other content", "file edited", "file added", "unpacking interrupted", "sumdb answer forged")


def rows() -> list[list[str]]:
    lines = cache_table.PAGE.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")][1:]


def test_everything_is_found_and_mended_or_refused() -> None:
    assert [cells[0] for cells in rows()] == list(DAMAGES)
    for name, *_, found, after, offline in rows():
        assert f"`{DAMAGES[name].what}`" in found, name
        assert after == "good", name
        assert offline in {"proved", "refused"}, name


def test_go_alone_does_not_see_it_all() -> None:
    """What the table is for: go mod verify is silent about many of them, go build compiles many."""
    silent = [sum(cells[column] == "silent" for cells in rows()) for column in (1, 2, 3)]
    assert all(count > 10 for count in silent), silent


@pytest.mark.parametrize("name", SAMPLE)
def test_a_sample_is_as_the_page_says(world: World, name: str) -> None:
    assert cache_table.row(world, name) in cache_table.PAGE.read_text(encoding="utf-8")


@pytest.mark.full
@pytest.mark.parametrize("name", DAMAGES)
def test_every_line_is_as_the_page_says(world: World, name: str) -> None:
    assert cache_table.row(world, name) in cache_table.PAGE.read_text(encoding="utf-8")
