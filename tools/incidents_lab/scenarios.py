"""What is broken, and what was found of it, when."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tools.incidents_lab.parts import until
from tools.incidents_lab.shop import Lab

WARM = 75.0
"""Seconds of ordinary business before a fault."""


def _leak(lab: Lab) -> None:
    lab.pods["inventory"].fault(hoard=300_000)


def _hold(lab: Lab) -> None:
    lab.pods["orders"].fault(hold=8)


def _slow(lab: Lab) -> None:
    lab.pods["catalog"].fault(slow=2500)


def _quiet(lab: Lab) -> None:
    pass


SCENARIOS: dict[str, tuple[Callable[[Lab], None], str, tuple[str, ...]]] = {
    "triple": (_leak, "inventory", ("memory",)),
    "pool": (_hold, "orders", ("pool_exhaustion", "exception", "return")),
    "avalanche": (_slow, "catalog", ("cpu", "network_delay")),
    "quiet": (_quiet, "", ()),
}
"""What breaks it; the service and the kinds that a right finding names (the first is the best)."""


def run(name: str, lab: Lab) -> dict[str, Any]:
    """Break it, wait for the final word, mend nothing: the lab is thrown away."""
    time.sleep(WARM)
    before = len(lab.records())
    at = time.time()
    inject, service, kinds = SCENARIOS[name]
    inject(lab)
    found: dict[str, Any] = {"scenario": name, "service": service, "kinds": kinds, "false_before": before}
    if name == "quiet":
        time.sleep(180)
        return found | {"records": _short(lab, at), "status": lab.status()}
    try:
        until(lambda: len(lab.records()) > before, 90, "no finding")
        opened = lab.records()[before]["id"]
        until(lambda: any(r["do"] == "final" and r["id"] == opened for r in lab.records()), 90, "nothing final")
        time.sleep(20)
    except TimeoutError as error:
        found["problem"] = str(error)
    killed = [k for pod in lab.pods.values() for k in pod.killed]
    found |= {"records": _short(lab, at), "killed": [round(k - at, 2) for k in killed], "status": lab.status()}
    return found


def _short(lab: Lab, at: float) -> list[dict[str, Any]]:
    """The ledger, with seconds since the injection instead of times."""
    shown = []
    for r in lab.records():
        cause = (r.get("blamed") or [{}])[0]
        seen = [s["signal"] + " " + s["what"] for s in cause.get("seen", ())]
        row = {"do": r["do"], "id": r["id"], "after": round(r["at"] / 1e9 - at, 2), "other": r.get("other"),
               "service": cause.get("service"), "kind": cause.get("kind"), "score": round(cause.get("score", 0), 3),
               "since": round(cause["since"] / 1e9 - at, 1) if "since" in cause else None, "seen": seen}  # fmt: skip
        shown.append({k: v for k, v in row.items() if v not in (None, [], 0)})
    return shown
