"""Files, functions and lines of large Go binaries, against DWARF line headers by pyelftools: ``python bench/pclntab.py``.

Real programs are built once from the module proxy into ``.cache/bench/bin`` (caddy, hugo, prometheus: 80 MB and more each; some minutes).
Times are those of one process after its start: the reader alone, the file in the page cache.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from run import ROOT

PLACE = ROOT / ".cache" / "bench" / "bin"
PROGRAMS = {
    "caddy": "github.com/caddyserver/caddy/v2/cmd/caddy@v2.10.2",
    "hugo": "github.com/gohugoio/hugo@v0.150.0",
    "prometheus": "github.com/prometheus/prometheus/cmd/prometheus@v0.305.0",
}
OURS = """
import resource, sys, time
from gomend.binary import gosym
def held():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = held()
t = time.process_time(); symbols = gosym.open(sys.argv[1]); files = symbols.files(); a = time.process_time() - t
t = time.process_time(); names = symbols.names(); b = time.process_time() - t
main = next(f for f in files if f.endswith("/proc.go"))
t = time.process_time(); lines = symbols.lines_of(main); c = time.process_time() - t
print(len(files), len(symbols), a, b, c, (held() - before) // 1024)
"""
PEER = """
import sys, time
from elftools.elf.elffile import ELFFile
with open(sys.argv[1], "rb") as file:
    t = time.process_time()
    info = ELFFile(file).get_dwarf_info()
    names = set()
    for unit in info.iter_CUs():
        program = info.line_program_for_CU(unit)
        if program is not None:
            names.update(entry.name for entry in program["file_entry"])
    print(len(names), time.process_time() - t)
"""


def main() -> None:
    PLACE.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "GOBIN": str(PLACE), "GOFLAGS": "-buildvcs=false"}
    print(
        f"{'program':<12}{'MB':>6}{'files':>7}{'functions':>11}{'files ms':>10}{'names ms':>10}{'lines ms':>10}{'MB held':>9}{'peer ms':>10}{'ratio':>8}"
    )
    for name, module in PROGRAMS.items():
        path = PLACE / name
        if not path.exists():
            subprocess.run(["go", "install", *(["-tags", "extended"] if name == "hugo" else []), module], env=env, check=True)
        mine = sorted(_run(OURS, path) for _ in range(5))[2]
        theirs = _run(PEER, path)
        files, functions, first, names, lines, held = mine
        size = path.stat().st_size / 1e6
        print(
            f"{name:<12}{size:>6.0f}{files:>7.0f}{functions:>11.0f}{first * 1e3:>10.1f}{names * 1e3:>10.1f}{lines * 1e3:>10.1f}"
            f"{held:>9.0f}{theirs[1] * 1e3:>10.0f}{theirs[1] / first:>8.0f}"
        )


def _run(script: str, path: Path) -> list[float]:
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    return [float(word) for word in json.loads("[" + ",".join(done.stdout.split()) + "]")]


if __name__ == "__main__":
    main()
