"""What the real go command did against servers that break, seen elsewhere: the lab must make it happen again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gomend.golang import dirhash
from gomend.lab import modules
from gomend.lab.scenario import Observed, load, run

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "observed_routes.json").read_text())
OTHER_ZIP = "i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI="
"""The hash of example.com/a v1.0.0 where the cases were seen: its go.mod is ours, its Go file is not known."""


def with_our_hash(words: str) -> str:
    release = modules.find("example.com/a", "v1.0.0")
    assert release is not None
    ours = dirhash.h1_zip(release.zip).removeprefix("h1:")
    return words.replace(f"h1:{OTHER_ZIP}", f"h1:{ours}").replace(f"h1:AAAA{OTHER_ZIP[4:]}", f"h1:AAAA{ours[4:]}")


def asked(requests: dict[str, Any], *, ordered: bool) -> dict[str, list[str]]:
    return {server: list(entries) if ordered else sorted(entries) for server, entries in requests.items()}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_seen_again(case: dict[str, Any]) -> None:
    scene = {key: value for key, value in case.items() if key != "observed"}
    expected = case["observed"]
    scenario = load(scene)
    seen: Observed = run(scenario)
    assert seen.setup == ()
    assert seen.exit == expected["exit"], seen.stderr
    assert asked(seen.requests, ordered=scenario.ordered) == asked(expected["requests"], ordered=scenario.ordered)
    if scenario.ordered:
        assert list(seen.order) == expected["order"]
    else:
        assert sorted(seen.order) == sorted(expected["order"])
    if scenario.stderr_stable:
        assert seen.stderr == with_our_hash(expected["stderr"])
    assert seen.stdout == with_our_hash(expected["stdout"])


def test_all_are_there() -> None:
    assert len(CASES) == 103
    assert len({case["id"] for case in CASES}) == 103
