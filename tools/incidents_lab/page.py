"""``docs/incidents-lab.md``: what the lab found, from the figures that its last whole run left in ``labs/incidents/results.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "labs/incidents/results.json"
PAGE = ROOT / "docs/incidents-lab.md"


def first(result: dict[str, Any]) -> dict[str, Any]:
    """The first finding after the fault."""
    return next((r for r in result["records"] if r["do"] == "open" and r["after"] > 0), {})


def last(result: dict[str, Any]) -> dict[str, Any]:
    """The cause as it stood at the final word: the first finding, unless it was revised."""
    mine = [
        r for r in result["records"] if r["after"] > 0 and r["do"] in {"open", "cause"} and r["id"] == first(result).get("id")
    ]
    return mine[-1] if mine else {}


def right(result: dict[str, Any]) -> bool:
    """Whether the cause is named, and nothing where nothing was."""
    if result["scenario"] == "quiet":
        return not result["records"]
    return last(result).get("service") == result["service"] and last(result).get("kind") in result["kinds"]


def told(result: dict[str, Any]) -> str:
    """One scenario for the terminal."""
    rows = [json.dumps({k: v for k, v in r.items() if k != "seen"}) for r in result["records"]]
    status = result["status"]
    fresh = f"preview p50 {status['preview_p50']} s, p95 {status['preview_p95']} s, max {status['preview_max']} s of {status['batches']} batches"
    return "\n".join([f"{result['scenario']}: {'right' if right(result) else 'NOT right'}; {fresh}", *(f"  {r}" for r in rows)])
