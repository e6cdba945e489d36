"""Timings as ratios against a peer in the same run: ``make bench``. CPU seconds (user + system) of whole process trees.

Each pair is run alternately, so that a busy machine slows both; medians are compared.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
GOMEND = str(Path(sys.executable).parent / "gomend")
ROUNDS = 15


def cpu(argv: list[str], cwd: Path | None = None) -> tuple[float, float]:
    """CPU and wall seconds of one command, children included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(argv, cwd=cwd, capture_output=True, check=False)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def pair(name: str, ours: list[str], peer: list[str], cwd: Path | None = None, rounds: int = ROUNDS) -> dict[str, object]:
    """Run two commands alternately and compare medians."""
    cpu(ours, cwd), cpu(peer, cwd)
    mine, theirs = zip(*((cpu(ours, cwd), cpu(peer, cwd)) for _ in range(rounds)), strict=True)
    mine_cpu, peer_cpu = (statistics.median(c for c, _ in runs) for runs in (mine, theirs))
    mine_wall, peer_wall = (statistics.median(w for _, w in runs) for runs in (mine, theirs))
    return {
        "name": name,
        "cpu_ms": round(mine_cpu * 1000, 1),
        "peer_cpu_ms": round(peer_cpu * 1000, 1),
        "cpu_ratio": round(mine_cpu / max(peer_cpu, 1e-9), 2),
        "wall_ms": round(mine_wall * 1000, 1),
        "peer_wall_ms": round(peer_wall * 1000, 1),
        "wall_ratio": round(mine_wall / max(peer_wall, 1e-9), 2),
    }


def project(folder: Path) -> Path:
    """A small project without dependencies."""
    (folder / "go.mod").write_text("module example.com/bench\n\ngo 1.21\n")
    (folder / "main.go").write_text("package main\n\nfunc main() {}\n")
    return folder


def main() -> None:
    environ = os.environ
    environ.setdefault("LC_ALL", "C.UTF-8")
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(ROOT / "src")], check=True)
    with tempfile.TemporaryDirectory() as name:
        folder = project(Path(name))
        rows = [
            pair("gomend --help / python -c pass", [GOMEND, "--help"], [sys.executable, "-c", "pass"]),
            pair("gomend --version / python -c pass", [GOMEND, "--version"], [sys.executable, "-c", "pass"]),
            pair("gomend check / go vet ./... (warm)", [GOMEND, "check", "--offline"], ["go", "vet", "./..."], folder),
            pair(
                "gomend check --select GM1 / go list -m all",
                [GOMEND, "check", "--offline", "--select", "GM1"],
                ["go", "list", "-m", "all"],
                folder,
            ),
        ]
    names = ("route", "decide", "cache", "cgo", "build", "debug", "binary", "slo", "sysroot", "incidents")
    show([*rows, *(row for name in names for row in importlib.import_module(name).rows())])
    subprocess.run([sys.executable, str(ROOT / "bench" / "pclntab.py")], check=True)


def show(rows: list[dict[str, object]], write: Callable[[str], object] = print) -> None:
    """Print the table and keep it in bench/results."""
    write(f"{'pair':<46}{'cpu ms':>9}{'peer':>9}{'ratio':>8}{'wall ms':>10}{'peer':>9}{'ratio':>8}")
    columns = (("cpu_ms", 9), ("peer_cpu_ms", 9), ("cpu_ratio", 8), ("wall_ms", 10), ("peer_wall_ms", 9), ("wall_ratio", 8))
    for r in rows:
        write(f"{r['name']!s:<46}" + "".join(f"{r.get(key, '')!s:>{width}}" for key, width in columns))
    results = ROOT / "bench" / "results"
    results.mkdir(exist_ok=True)
    (results / "latest.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
