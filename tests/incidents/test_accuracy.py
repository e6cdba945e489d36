"""The page of accuracy says what the kept results say, and the results hold what is asked of them."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent.parent


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("incidents_accuracy", ROOT / "tools" / "incidents_accuracy.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_made_from_the_results() -> None:
    made = tool()
    assert made.PAGE.read_text() == made.page(json.loads(made.DATA.read_text()))


@pytest.mark.parametrize(("system", "first", "three"), [("OnlineBoutique", 80, 92), ("TrainTicket", 85, 94)])
def test_the_results_hold_what_is_asked(system: str, first: float, three: float) -> None:
    made = tool()
    rows = [r for r in json.loads(made.DATA.read_text()) if r["system"] == system]
    plain = made.rates(rows, "all signals")
    assert plain[0] >= first
    assert plain[1] >= three
    late = made.rates(rows, "alarm 60 s late")
    assert plain[1] - late[1] <= 5
