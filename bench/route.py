"""Predicting what go will do, against letting the real go do it in the lab, in the same run.

Rows have the shape of those of ``run.py``; a peer's time is that of the go command alone, without its servers.
"""

from __future__ import annotations

import json
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gomend.lab import tls
from gomend.lab.scenario import load, run
from gomend.modules.route.predict import predict
from gomend.modules.route.scenario import read

CASES = Path(__file__).parent.parent / "tests" / "route" / "data" / "observed.json"
EVERY = 6
"""Each so-many-th case is also run by the real go."""
MODULES = 300
ROUNDS = 5


def timed(work: Callable[[], object], who: int) -> tuple[float, float]:
    """CPU and wall milliseconds."""
    before, started = resource.getrusage(who), time.perf_counter()
    work()
    wall, after = time.perf_counter() - started, resource.getrusage(who)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000, wall * 1000


def ours(scene: dict[str, Any]) -> tuple[float, float]:
    """What a prediction takes, reading the scenario included."""
    text = json.dumps(scene)
    predict(read(text))
    runs = [timed(lambda: predict(read(text)), resource.RUSAGE_SELF) for _ in range(ROUNDS)]
    return statistics.median(c for c, _ in runs), statistics.median(w for _, w in runs)


def theirs(scene: dict[str, Any]) -> tuple[float, float]:
    """What go takes; its CPU time has the setup in it, its wall time has not."""
    seen = []
    cpu, _ = timed(lambda: seen.append(run(load(scene))), resource.RUSAGE_CHILDREN)
    return cpu, seen[0].seconds * 1000


def row(name: str, mine: list[tuple[float, float]], peer: list[tuple[float, float]]) -> dict[str, object]:
    """One row of medians."""
    (cpu, wall), (peer_cpu, peer_wall) = (
        [statistics.median(column) for column in zip(*runs, strict=True)] for runs in (mine, peer)
    )
    return {
        "name": name,
        "cpu_ms": round(cpu, 2),
        "peer_cpu_ms": round(peer_cpu, 1),
        "cpu_ratio": round(cpu / max(peer_cpu, 1e-9), 4),
        "wall_ms": round(wall, 2),
        "peer_wall_ms": round(peer_wall, 1),
        "wall_ratio": round(wall / max(peer_wall, 1e-9), 4),
    }


def cases() -> dict[str, object]:
    """The median over all recorded cases."""
    scenes = [{k: v for k, v in case.items() if k != "observed"} for case in json.loads(CASES.read_text(encoding="utf-8"))]
    return row("predict a case / go does it", [ours(s) for s in scenes], [theirs(s) for s in scenes[::EVERY]])


def project(*, warm: bool) -> dict[str, Any]:
    """``go list -m all`` in a project of many modules, each of which requires the next."""
    names = [f"example.org/m{number:03}" for number in range(MODULES)]
    served = {
        name: {"v1.0.0": {"go.mod": f"module {name}\n\ngo 1.21\n" + (f"\nrequire {after} v1.0.0\n" if after else "")}}
        for name, after in zip(names, [*names[1:], ""], strict=True)
    }
    requires = "".join(f"\t{name} v1.0.0\n" for name in names)
    return {
        "id": "warm" if warm else "cold",
        "env": {"GOPROXY": "http://127.0.0.1:{P1}"},
        "servers": {"P1": {"default": "ok"}},
        "files": {"m/go.mod": f"module m\n\ngo 1.21\n\nrequire (\n{requires})\n"},
        "modules": served,
        "setup": ["go list -m -mod=mod all"] if warm else [],
        "command": "go list -m -mod=mod all",
        "timeout": 120,
    }


def rows() -> list[dict[str, object]]:
    """All rows."""
    tls.authority()
    found = [cases()]
    for warm in (False, True):
        scene = project(warm=warm)
        found.append(row(f"predict {MODULES} modules, {scene['id']} / go", [ours(scene)], [theirs(scene)]))
    return found


if __name__ == "__main__":
    for one in rows():
        print(json.dumps(one))
