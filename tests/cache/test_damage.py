"""Each kind of damage, inflicted on a real cache, is found and named; nothing else is."""

from __future__ import annotations

import pytest

from tests.cache.world import DAMAGES, World, named


def test_a_healthy_cache_raises_no_alarm(world: World) -> None:
    cache = world.copy()
    report = world.look(cache)
    assert report.checked >= 3
    assert named(report) == []
    assert world.go(["mod", "verify"], cache).stdout == "all modules verified\n"


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_named(world: World, name: str) -> None:
    damage = DAMAGES[name]
    cache = world.copy()
    damage.inflict(cache)
    found = named(world.look(cache))
    assert (damage.about, damage.what) in found
    assert {about for about, _ in found} == {damage.about}, found
