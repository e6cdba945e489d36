"""Answers against recorded cases, and against breakers that are played call by call."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomend.resilience import breaker

CASES = json.loads((Path(__file__).parent.parent / "slo/data/resilience_cases.json").read_text())["cases"]


def check(tmp_path: Path, case: object) -> subprocess.CompletedProcess[str]:
    path = tmp_path / "case.json"
    path.write_text(case if isinstance(case, str) else json.dumps(case))
    words = [sys.executable, "-m", "gomend", "resilience", "check", "--case", str(path), "--format", "json"]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_recorded_cases(case: dict[str, Any], tmp_path: Path) -> None:
    done = check(tmp_path, case)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert {k: answer[k] for k in case["expect"]} == case["expect"]


@settings(max_examples=200, deadline=None)
@given(
    size=st.integers(1, 200),
    least=st.integers(1, 250),
    threshold=st.integers(1, 100),
    rps=st.integers(1, 500),
    full=st.booleans(),
)
def test_a_window_of_calls_opens_when_it_is_played(size: int, least: int, threshold: int, rps: int, full: bool) -> None:
    """Every call fails. The ring buffer of resilience4j: a rate exists from min(minimumNumberOfCalls, size) calls on."""
    given_ = {
        "slidingWindowSize": size, "minimumNumberOfCalls": least, "threshold_pct": threshold, "rps": rps, "failure_share": 1,
        "history": "full_of_successes" if full else "empty",
    }  # fmt: skip
    ring: deque[int] = deque([0] * size if full else [], maxlen=size)
    calls = 0
    while True:
        ring.append(1)
        calls += 1
        if len(ring) >= min(least, size) and sum(ring) * 100 >= threshold * len(ring):
            break
    answer = breaker.answer("count_window_open_time", given_)
    assert answer["failures_to_open"] == calls
    assert answer["seconds_to_open"] == pytest.approx(calls / rps, abs=0.0051)


@settings(max_examples=100, deadline=None)
@given(
    window=st.integers(1, 60),
    least=st.integers(1, 300),
    threshold=st.integers(1, 100),
    rps=st.integers(1, 20),
    share=st.sampled_from([1.0, 0.5, 0.25]),
)
def test_a_window_of_seconds_opens_or_never_does(window: int, least: int, threshold: int, rps: int, share: float) -> None:
    each = round(1 / share)
    opened = False
    for second in range(1, 3 * window):
        calls = [n for n in range(second * rps) if n >= (second - window) * rps]
        failures = sum(n % each == 0 for n in calls)
        # a share of a quarter is met on the average of the window: steady traffic, as the question says
        opened = opened or (len(calls) >= least and share * 100 >= threshold and failures > 0)
    given_ = {
        "slidingWindowSize": window,
        "minimumNumberOfCalls": least,
        "threshold_pct": threshold,
        "rps": rps,
        "failure_share": share,
    }
    assert breaker.answer("time_window_low_traffic", given_)["opens"] == opened


@settings(max_examples=100, deadline=None)
@given(base=st.integers(1, 600), factor=st.integers(10, 40).map(lambda n: n / 10), cap=st.none() | st.integers(1, 3600))
def test_waits_grow_and_are_capped(base: int, factor: float, cap: int | None) -> None:
    given_: dict[str, Any] = {
        "waitDurationInOpenState": f"{base}s",
        "enableExponentialBackoff": True,
        "exponentialBackoffMultiplier": factor,
    }
    if cap is not None:
        given_["exponentialMaxWaitDurationInOpenState"] = f"{cap}s"
    answer = breaker.answer("wait_sequence", given_)
    for at, wait in enumerate(answer["waits_s"]):
        assert wait == pytest.approx(min(base * factor**at, math.inf if cap is None else cap), abs=0.0051)
    assert answer["warn"] == (["uncapped_backoff"] if cap is None and factor > 1 else [])


@pytest.mark.parametrize(
    ("text", "seconds"), [("60s", 60), ("1500ms", 1.5), ("2m", 120), ("PT1M30S", 90), ("60000", 60), ("1.5h", 5400)]
)
def test_durations_as_spring_writes_them(text: str, seconds: float) -> None:
    assert breaker.seconds(text, "x") == seconds


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ({"kind": "seed", "in": {}}, "seed_formula"),
        ({"kind": "seed_formula", "in": {}}, "zk_session_timeout_ms"),
        ({"kind": "seed_formula"}, "in"),
        ([], "kind"),
        ({"kind": "design", "in": {"threshold_pct": 0, "benign_total_failure_s": 1, "must_open_within_s": 2}}, "threshold_pct"),
        ({"kind": "wait_sequence", "in": {"waitDurationInOpenState": "soon"}}, "waitDurationInOpenState"),
        ({"kind": "availability_bound", "in": {"measure_window_s": 10, "open_s": 60}}, "open_s"),
        ("{", "JSON"),
    ],
)
def test_bad_input_is_told_in_one_line(case: object, says: str, tmp_path: Path) -> None:
    done = check(tmp_path, case)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("given_", "valid"),
    [
        ({"failureRateThreshold": 0}, False),
        ({"failureRateThreshold": 100}, True),
        ({"failureRateThreshold": 100.5}, False),
        ({"slidingWindowSize": 0}, False),
        ({"exponentialBackoffMultiplier": 0.9}, False),
        ({"randomizedWaitFactor": 1}, False),
        ({"waitDurationInOpenState": "0ms"}, False),
        ({"enableExponentialBackoff": True}, True),
    ],
)
def test_configurations_are_refused_as_the_builder_refuses_them(given_: dict[str, Any], valid: bool) -> None:
    assert breaker.answer("config_check", given_)["valid"] is valid


def test_a_window_that_cannot_be_is_said() -> None:
    answer = breaker.answer("design", {"benign_total_failure_s": 12, "must_open_within_s": 6, "threshold_pct": 50})
    assert answer["feasible"] is False
