"""Each kind of damage to a vendor folder is found and named; a healthy one raises no alarm."""

from __future__ import annotations

import pytest

from tests.vendor.world import DAMAGES, World, kinds


@pytest.mark.parametrize("name", ["m", "w"])
def test_a_healthy_folder_raises_no_alarm(world: World, name: str) -> None:
    project = world.copy(name)
    before = {p: p.read_bytes() for p in project.rglob("*") if p.is_file()}
    answer = world.prove(project, "--strict")
    assert (answer["bad"], answer["undetermined"]) == ([], [])
    assert answer["checked"] >= 2
    assert answer["files"] >= 6
    assert answer["proved"] >= 1
    assert {p: p.read_bytes() for p in project.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_named(world: World, name: str) -> None:
    damage = DAMAGES[name]
    project = world.copy()
    damage.inflict(project)
    found = kinds(world.prove(project))
    assert (damage.module, damage.what) in found, found
    assert found <= {(damage.module, damage.what)} | damage.also, found
