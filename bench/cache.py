"""Verifying a module cache of real modules, against `go mod verify` on the same cache in the same run: ``python bench/cache.py``.

The modules of ``bench/modules/chosen.txt`` (346, 1.9 GB, 55,000 files: some 35 kB a file) are downloaded once, into ``.cache/bench``. Rows: everything read; nothing changed
since; and how both grow with the number of modules.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from run import GOMEND, ROOT, pair, show

CACHE = ROOT / ".cache" / "bench" / "mod"
MODULES = ROOT / "bench" / "modules"
ROUNDS = 5


def rows() -> list[dict[str, object]]:
    """All rows of this file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("go.mod", "go.sum"):
            shutil.copy(MODULES / file, folder)
        os.environ |= {
            "GOMODCACHE": str(CACHE),
            "GOFLAGS": "-mod=mod",
            "GOMEND_STATE": str(folder / "state"),
            "GOTOOLCHAIN": "local",
        }
        chosen = (MODULES / "chosen.txt").read_text().split()
        if not (CACHE / "cache").exists():
            print(f"bench: downloading {len(chosen)} modules (2 GB on disk) into .cache/bench, once")
        subprocess.run(["go", "mod", "download", *chosen], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        verify = [GOMEND, "mod", "cache", "verify", "--quiet"]
        peer = ["go", "mod", "verify"]
        return [
            pair("mod cache verify --full / go mod verify", [*verify, "--full"], peer, folder, ROUNDS),
            pair("mod cache verify (unchanged) / go mod verify", verify, peer, folder, ROUNDS),
            *growth(folder),
            memory([*verify, "--full"], folder),
        ]


def growth(folder: Path) -> list[dict[str, object]]:
    """The same for the first 100, 200 and all module versions that have a zip, biggest and smallest mixed by name."""
    zips = sorted(p for p in (CACHE / "cache" / "download").rglob("*.zip"))
    found = []
    for count in (100, 200, len(zips)):
        names = []
        for path in zips[:count]:
            module = path.relative_to(CACHE / "cache" / "download").parent.parent.as_posix()
            names.append(_unescape(f"{module}@{path.stem}"))
        size = sum(p.stat().st_size for p in zips[:count])
        row = pair(
            f"{count} modules, {size >> 20} MB of zips / true",
            [GOMEND, "mod", "cache", "verify", "--all", "--full", "--quiet", *names],
            ["true"],
            folder,
            3,
        )
        found.append(
            row | {"cpu_ratio": round(row["cpu_ms"] / (size / 1e6), 2), "wall_ratio": round(row["wall_ms"] / (size / 1e6), 2)}
        )
    return found


def memory(words: list[str], folder: Path) -> dict[str, object]:
    """The most memory that all processes hold together (proportional set size), in MB, as the ratio to the 150 that are allowed."""
    most, started = 0, time.perf_counter()
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, sum(_held(pid) for pid in _tree(process.pid)))
            time.sleep(0.05)
    wall = (time.perf_counter() - started) * 1000
    return {
        "name": f"memory of all processes: {most >> 10} MB / 150 MB",
        "cpu_ms": 0, "peer_cpu_ms": 0, "cpu_ratio": round(most / 1024 / 150, 2), "wall_ms": round(wall, 1), "peer_wall_ms": 0, "wall_ratio": 0,
    }  # fmt: skip


def _held(pid: int) -> int:
    """Proportional set size without pages of files, in KB: a mapped zip is not memory that anyone lacks."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    values = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines() if line.endswith("kB")}
    return values.get("Pss_Anon", values.get("Pss", 0)) + values.get("Pss_Shmem", 0)


def _tree(pid: int) -> list[int]:
    found = [pid]
    try:
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found += _tree(int(child))
    except OSError:
        pass
    return found


def _unescape(name: str) -> str:
    import re

    return re.sub(r"!([a-z])", lambda m: m[1].upper(), name)


if __name__ == "__main__":
    show(rows())
