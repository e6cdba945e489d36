"""Timings of the module decision: ``python bench/decide.py``. Same columns as ``bench/run.py``; ``rows()`` gives them.

Explaining a project of 300 modules stands beside ``go list -m all`` of the same project; a probe of five servers stands
beside the slowest of them asked alone.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from run import GOMEND, pair, show

from gomend.apps.route.explain import explain
from gomend.apps.route.here import look
from gomend.lab.spec import Scenario, Spec
from gomend.lab.stage import staged

MODULES = 300
SERVERS = 5
SLOW = 0.5
"""Seconds that the slowest server thinks; the others take a part of it."""
ROUNDS = 7


def rows() -> list[dict[str, object]]:
    """All rows of this file."""
    return [*explained(), *probed()]


def explained() -> list[dict[str, object]]:
    """Three hundred modules: the whole command beside go's own, and one decision inside a running process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        requires = "".join(f"\texample.com/m{i} v1.0.0\n" for i in range(MODULES))
        (folder / "go.mod").write_text(f"module m\n\ngo 1.24\n\nrequire (\n{requires})\n")
        for i in range(MODULES):
            home = folder / f"m{i}"
            home.mkdir()
            (home / "go.mod").write_text(f"module example.com/m{i}\n\ngo 1.24\n")
        replaced = "".join(f"replace example.com/m{i} => ./m{i}\n" for i in range(MODULES))
        listed = folder / "listed"
        listed.mkdir()
        text = (folder / "go.mod").read_text() + "\n" + replaced.replace("./m", "../m")
        (listed / "go.mod").write_text(text)
        whole = [
            # Replaced by folders, so that go can list them without a network.
            pair(
                f"gomend mod route ({MODULES}, replaced) / go list -m all",
                [GOMEND, "mod", "route"],
                ["go", "list", "-m", "all"],
                listed,
                ROUNDS,
            ),
            pair(
                f"gomend mod route ({MODULES} modules) / go env -json",
                [GOMEND, "mod", "route"],
                ["go", "env", "-json"],
                folder,
                ROUNDS,
            ),
        ]
        here = look(str(folder))
    every = _median(lambda: [explain(f"example.com/m{i}@v1.0.0", here, cold=True, requests=False) for i in range(MODULES)])
    one = _median(lambda: [explain("example.com/m1@v1.0.0", here, cold=True)])
    return [
        *whole,
        _row(f"explain {MODULES} modules in a running process / limit 300 ms", every, 0.3),
        _row("explain one with requests / limit 5 ms", one, 0.005),
    ]


def probed() -> list[dict[str, object]]:
    """Five servers, each slower than the one before, beside the slowest alone."""
    names = ("P1", "P2", "P3")
    with staged(_scene(names)) as stage, staged(_scene(names[:2])) as more:
        urls = [f"http://127.0.0.1:{s.ports[n]}" for s, part in ((stage, names), (more, names[:2])) for n in part][:SERVERS]
        argv = [GOMEND, "mod", "route", "example.com/a@v1.0.0", "--probe"]

        def ask(value: str) -> float:
            began = time.perf_counter()
            subprocess.run(argv, env={**os.environ, **stage.environ, "GOPROXY": value}, capture_output=True, check=False)
            return time.perf_counter() - began

        together, alone = zip(*((ask("|".join(urls)), ask(urls[2])) for _ in range(ROUNDS)), strict=True)
    return [_row(f"probe of {SERVERS} servers / the slowest alone", statistics.median(together), statistics.median(alone))]


def _scene(names: tuple[str, ...]) -> Scenario:
    """The first has nothing after a while, and so on; the third takes the longest."""
    servers = {name: Spec(rules=((r"\.info$", f"slow:{SLOW * (i + 1) / 3:g}"),)) for i, name in enumerate(names)}
    return Scenario(id="bench", servers=servers, env={"GOSUMDB": "off"}, files={"m/keep": ""})


def _median(work: Callable[[], object]) -> float:
    work()
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _row(name: str, ours: float, peer: float) -> dict[str, object]:
    """A row of wall times in seconds; CPU is not counted here."""
    wall, other = round(ours * 1000, 1), round(peer * 1000, 1)
    return {
        "name": name,
        "cpu_ms": "-",
        "peer_cpu_ms": "-",
        "cpu_ratio": "-",
        "wall_ms": wall,
        "peer_wall_ms": other,
        "wall_ratio": round(ours / peer, 2),
    }


if __name__ == "__main__":
    show(rows())
