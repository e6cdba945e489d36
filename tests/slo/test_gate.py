"""The gate against a real Prometheus."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.slo import servers
from tests.slo.servers import AT

CHECKOUT = """
  - name: checkout
    owner: team-checkout
    objective: 0.999
    window: 5d
    period: 5m
    policy: {mode: budget, margin: "0.5"}
    sli:
      sre:
        source: promql
        good: sum(increase(http_requests_total{job="JOB",code!~"5.."}[$window]))
        total: sum(increase(http_requests_total{job="JOB"}[$window]))
"""


def gate(tmp_path: Path, slos: str, *words: str) -> tuple[int, dict[str, Any], str]:
    (tmp_path / "slo.yaml").write_text("slos:\n" + slos)
    argv = [sys.executable, "-m", "gomend", "slo", "gate", "--config", str(tmp_path / "slo.yaml"), "--format", "json", *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


def test_a_release_that_fails_is_blocked(shop: servers.Prometheus, tmp_path: Path) -> None:
    code, answer, _ = gate(tmp_path, CHECKOUT.replace("JOB", "checkout"), "--prometheus", shop.url, "--at", str(AT))
    (found,) = answer["objectives"]
    assert (code, answer["verdict"], found["verdict"], found["streak"]) == (1, "block", "block", 4)
    assert found["alarm"] == "page"
    assert found["latest"] == "0.9"
    assert abs(float(found["burn_rates"]["5m"]) - 100) < 1e-6
    assert float(found["budget_left"]) < 0.8


def test_a_good_one_passes_and_a_silent_one_does_not(shop: servers.Prometheus, tmp_path: Path) -> None:
    code, answer, _ = gate(tmp_path, CHECKOUT.replace("JOB", "search"), "--prometheus", shop.url, "--at", str(AT))
    assert (code, answer["verdict"], answer["objectives"][0]["budget_left"]) == (0, "pass", "1")
    code, answer, _ = gate(tmp_path, CHECKOUT.replace("JOB", "silent"), "--prometheus", shop.url, "--at", str(AT))
    assert (code, answer["verdict"]) == (4, "unknown")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("sum(increase(http_requests_total{job=~'search'[$window]))", "HTTP 400"),
        ("increase(http_requests_total[$window])", "several series"),
        ("scalar(vector(1))", "HTTP 400"),
    ],
)
def test_a_query_that_gives_no_one_number_is_unknown(shop: servers.Prometheus, tmp_path: Path, query: str, says: str) -> None:
    slo = CHECKOUT.replace("JOB", "search").replace("""sum(increase(http_requests_total{job="search"}[$window]))""", query)
    code, answer, _ = gate(tmp_path, slo, "--prometheus", shop.url, "--at", str(AT))
    assert (code, answer["verdict"]) == (4, "unknown")
    assert says in answer["objectives"][0]["reason"]
