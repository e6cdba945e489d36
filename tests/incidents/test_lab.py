"""The live lab's page says what its figures say; the lab itself, whole, is full: it builds the Collector and needs root."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tools.incidents_lab import page, parts, run, scenarios, shop


def test_the_page_is_made_from_the_figures() -> None:
    kept = json.loads(page.RESULTS.read_text(encoding="utf-8"))
    assert page.PAGE.read_text(encoding="utf-8") == page.page(kept), "make lab-incidents LAB=--write"
    assert {r["scenario"] for r in kept["results"]} == set(scenarios.SCENARIOS)


def test_the_figures_are_fresh_enough() -> None:
    for result in json.loads(page.RESULTS.read_text(encoding="utf-8"))["results"]:
        assert result["status"]["preview_p95"] <= 2.0
        finals = [r["after"] - page.first(result)["after"] for r in result["records"] if r["do"] == "final"]
        assert all(after <= 65 for after in finals)


@pytest.mark.full
@pytest.mark.timeout(1500)
def test_the_triple_fault_is_told_live_as_one_incident_with_the_kill_as_its_cause(tmp_path: Path) -> None:
    with shop.running(*parts.build(run.WORK), tmp_path) as lab:
        found = scenarios.run("triple", lab)
    assert found["killed"], "the kernel killed nothing"
    assert page.right(found), page.told(found)
    assert found["status"]["preview_p95"] <= 2.0
    opened = [r for r in found["records"] if r["do"] == "open"]
    assert len(opened) == 1, page.told(found)
    assert {"orders"} <= {r["service"] for r in found["records"] if r["do"] == "join"}, page.told(found)
