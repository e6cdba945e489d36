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


BAD = """
  - name: search
    objective: 0.999
    sli: {sre: {source: promql, bad: 'sum(increase(QUERY[$window]))', total: 'sum(increase(http_requests_total{job="search"}[$window]))'}}
"""


@pytest.mark.parametrize(
    ("query", "verdict"),
    [
        ('http_requests_total{job="search",code=~"5.."}', "pass"),
        ('http_requests_total{job="search",status=~"5.."}', "unknown"),
        ('http_request_total{job="search",code=~"5.."}', "unknown"),
        ('errors_total{job="search"}', "unknown"),
    ],
)
def test_a_query_for_bad_events_that_can_match_nothing_is_no_good_news(
    shop: servers.Prometheus, tmp_path: Path, query: str, verdict: str
) -> None:
    code, answer, _ = gate(tmp_path, BAD.replace("QUERY", query), "--prometheus", shop.url, "--at", str(AT))
    assert (code, answer["verdict"]) == ({"pass": 0, "unknown": 4}[verdict], verdict)
    assert verdict == "pass" or "can answer nothing" in answer["objectives"][0]["reason"]


def test_a_marker_metric_says_when_the_deploy_was(shop: servers.Prometheus, tmp_path: Path) -> None:
    words = ("--prometheus", shop.url, "--at", str(AT), "--deploy-query")
    code, answer, _ = gate(tmp_path, CHECKOUT.replace("JOB", "checkout"), *words, "max(deploy_time_seconds)")
    assert (code, answer["deploy"]) == (1, "2026-09-21T13:35:00Z")
    found = answer["objectives"][0]
    assert found["statuses"][-5:] == ["ok", "bad", "bad", "bad", "bad"]
    assert set(found["statuses"][:-5]) == {"early"}
    assert float(found["before_deploy"]) > 0.999 > float(found["after_deploy"])
    for query, says in (("nothing", "seconds since 1970"), ("sum(", "HTTP 400"), ("vector(3)", "seconds since 1970")):
        code, _, said = gate(tmp_path, CHECKOUT.replace("JOB", "checkout"), *words, query)
        assert (code, says in said) == (2, True), said


def test_a_deploy_that_is_still_to_come_is_no_pass(shop: servers.Prometheus, tmp_path: Path) -> None:
    words = ("--prometheus", shop.url, "--at", str(AT), "--deploy", str(AT + 900))
    code, answer, _ = gate(tmp_path, CHECKOUT.replace("JOB", "search"), *words)
    assert (code, answer["verdict"]) == (4, "unknown")


@pytest.mark.parametrize(
    "words", [("--deploy", "yesterday"), ("--deploy", "2026-09-21T13:35:00"), ("--slo", "nope"), ("--prometheus", "nope")]
)
def test_wrong_words_are_told_in_one_line(tmp_path: Path, words: tuple[str, str]) -> None:
    code, _, said = gate(tmp_path, CHECKOUT, *words)
    assert (code, len(said.strip().splitlines())) == (2, 1)
