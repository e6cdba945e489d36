"""The model against what the real go command was seen to do."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gomend.modules.route.predict import Prediction, predict
from gomend.modules.route.scenario import ScenarioError, read

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "observed.json").read_text(encoding="utf-8"))


def predicted(case: dict[str, Any]) -> Prediction:
    return predict(read(json.dumps({k: v for k, v in case.items() if k != "observed"})))


@pytest.mark.parametrize("case", CASES, ids=[c["id"] for c in CASES])
def test_requests_exit_and_cause(case: dict[str, Any]) -> None:
    seen, said = case["observed"], predicted(case)
    assert (said.exit, said.cause) == (seen["exit"], case["cause"]), said.stderr
    if not case["stable"]:
        return
    if case["ordered"]:
        assert said.requests == seen["requests"]
        assert said.order == seen["order"]
    else:
        assert {s: Counter(r) for s, r in said.requests.items()} == {s: Counter(r) for s, r in seen["requests"].items()}


def test_text() -> None:
    stable = [c for c in CASES if c["stderr_stable"]]
    other = [c["id"] for c in stable if predicted(c).stderr != c["observed"]["stderr"]]
    assert len(stable) > 90
    assert other == [], f"{len(other)} of {len(stable)} differ"


def test_names_do_not_matter() -> None:
    """What only describes a case decides nothing."""
    for case in CASES:
        bare = {
            k: v
            for k, v in case.items()
            if k in {"env", "servers", "connect", "files", "setup", "setup_env", "command", "timeout"}
        }
        assert predict(read(json.dumps(bare))) == predicted(case)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"bogus": 1}, "bogus"),
        ({"servers": {"P1": {"defalt": "ok"}}}, "defalt"),
        ({"servers": {"P9": {}}}, "P9"),
        ({"servers": {"P1": {"default": "explode"}}}, "explode"),
        ({"connect": "allow"}, "connect"),
        ({"env": {"GOPROXY": 1}}, "env"),
        ({"command": None}, "command"),
    ],
)
def test_a_bad_file_is_refused_by_key(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ScenarioError, match=told):
        read(json.dumps({"command": "go version", **change}))


def test_no_command() -> None:
    with pytest.raises(ScenarioError, match="command"):
        read("{}")
