"""``gomend mod cache stats``, ``tree`` and ``why`` against what du, the project and go's own graph say."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomend.apps.cli.schema import schema
from gomend.modules.cache import why
from tests.cache.world import A, World


def ask(world: World, command: str, *words: str, cache: Path | None = None) -> dict[str, Any]:
    done = world.gomend("mod", "cache", command, "--format", "json", *words, cache=cache)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(answer, schema(f"gomend.cache-{command}/1"))
    return answer


def taken(*paths: Path) -> int:
    done = subprocess.run(["du", "-s", "-c", "-B1", *map(str, paths)], capture_output=True, text=True, check=True)
    return int(done.stdout.splitlines()[-1].split()[0])


def test_stats_are_what_du_says(world: World) -> None:
    cache = world.copy()
    assert world.go(["mod", "download", f"{A}@v1.1.0"], cache).returncode == 0
    found = ask(world, "stats", cache=cache)
    assert (found["versions"], found["modules"], found["repeated"]) == (4, 3, 1)
    assert found["zips"] == taken(*cache.rglob("*.zip"))
    folders = [p for p in (cache / "example.com").rglob("*@*") if p.is_dir()]
    assert found["folders"] == taken(*folders)
    assert found["sumdb"] == taken(cache / "cache/download/sumdb")
    assert sum(found["ages"].values()) == found["zips"] + found["folders"] + found["small"]
    first = found["largest"][0]
    assert (first["module"], first["versions"]) == (A, ["v1.0.0", "v1.1.0"])
    assert 0 < first["older"] < first["bytes"]
    assert found["older"] == first["older"]
    assert found["unneeded"] is None


def test_stats_from_projects(world: World) -> None:
    cache = world.copy()
    assert world.go(["mod", "download", f"{A}@v1.1.0"], cache).returncode == 0
    found = ask(world, "stats", "--from", str(world.stage.project), "--most", "1", cache=cache)
    assert (found["unneeded"], len(found["largest"])) == (1, 1)
    assert found["unneeded_bytes"] == found["largest"][0]["older"] or found["unneeded_bytes"] > 0


def test_the_tree_adds_up(world: World) -> None:
    cache = world.copy()

    def check(branch: dict[str, Any]) -> int:
        if branch["below"]:
            assert branch["bytes"] == sum(b["bytes"] for b in branch["below"])
            assert branch["versions"] == sum(map(check, branch["below"]))
        return int(branch["versions"])

    (top,) = ask(world, "tree", cache=cache)["tree"]
    assert (top["name"], check(top)) == ("example.com", 3)
    assert [b["name"] for b in top["below"] if "/" in b["name"]] == ["UP/Case"]
    (short,) = ask(world, "tree", "--depth", "1", cache=cache)["tree"]
    assert (short["bytes"], short["below"]) == (top["bytes"], [])
    shown = world.gomend("mod", "cache", "tree", cache=cache).stdout
    assert "└── " in shown
    assert "@v1.0.0" in shown


def test_why_is_the_shortest_way_of_go_mod_graph(world: World, tmp_path: Path) -> None:
    """Two projects below one folder; one needs a through b, the other not at all."""
    cache = world.copy()
    shutil.copytree(world.stage.project, tmp_path / "one")
    (tmp_path / "two").mkdir()
    (tmp_path / "two/go.mod").write_text("module two\n\ngo 1.21\n")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    found = ask(world, "why", A, "--in", str(tmp_path), cache=cache)
    assert (found["projects"], found["unknown"]) == (2, {})
    (need,) = found["needs"]
    assert (need["project"], need["version"], need["whole"], need["selected"]) == (str(tmp_path / "one"), "v1.0.0", True, True)
    graph = world.go(["mod", "graph"], cache).stdout
    for left, right in itertools.pairwise(need["chain"]):
        assert f"{left} {right}" in graph.splitlines()
    assert need["chain"][0] == "m"
    assert need["chain"][-1] == f"{A}@v1.0.0"
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_why_a_left_over_line(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.stage.project, tmp_path / "one")
    with (tmp_path / "one/go.sum").open("a") as file:
        file.write(f"{A} v0.9.0/go.mod h1:3Mz1wF6P4FA+BHKOt/heWdt1U17EALz5/4zkQfKQnAY=\n")
    found = ask(world, "why", f"{A}@v0.9.0", "--in", str(tmp_path))
    (need,) = found["needs"]
    assert (need["chain"], need["whole"], need["selected"]) == ([], False, False)
    shown = world.gomend("mod", "cache", "why", f"{A}@v0.9.0", "--in", str(tmp_path)).stdout
    assert "left-over line of go.sum" in shown


def test_why_says_when_go_cannot_tell(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.stage.project, tmp_path / "one")
    empty = tmp_path / "empty"
    (empty / "cache/download").mkdir(parents=True)
    found = ask(world, "why", A, "--in", str(tmp_path), cache=empty)
    assert list(found["unknown"]) == [str(tmp_path / "one")]
    assert [n["chain"] for n in found["needs"]] == [[]]


@pytest.mark.parametrize("words", [["stats", "--from", "/nowhere"], ["why", A, "--in", "/nowhere"], ["tree", "--depth", "x"]])
def test_bad_input_is_told(world: World, words: list[str]) -> None:
    done = world.gomend("mod", "cache", *words)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=30), st.integers(0, 8))
def test_the_chain_is_a_shortest_path(edges: list[tuple[int, int]], wanted: int) -> None:
    """Against a search that tries all lengths in turn."""
    graph = "".join(f"{a} {b}\n" for a, b in edges)
    found = why.chain(graph, str(wanted))
    start = str(edges[0][0]) if edges else ""
    reach, steps, best = {start}, 0, None
    while edges and steps <= 10:
        if str(wanted) in reach:
            best = steps
            break
        reach = reach | {str(b) for a, b in edges if str(a) in reach}
        steps += 1
    assert (len(found) - 1 if found else None) == best
    assert all((int(a), int(b)) in edges for a, b in itertools.pairwise(found))
