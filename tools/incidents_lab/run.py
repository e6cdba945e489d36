"""``make lab-incidents``: build the lab, break it, measure what gomend says. LAB="--only triple --keep DIR" runs one scenario and keeps what was recorded."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tools.incidents_lab import page, parts, scenarios, shop

WORK = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "gomend-lab/incidents"


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--only", choices=list(scenarios.SCENARIOS), action="append")
    asked.add_argument("--keep", type=Path, help="keep stores and logs in this folder")
    asked.add_argument("--write", action="store_true", help="write docs/incidents-lab.md and its figures")
    asked.add_argument("--soak", type=Path, help="with --write: the figures of tests/incidents/test_soak.py")
    given = asked.parse_args()
    if os.geteuid() != 0:
        print("the lab needs root: it makes memory cgroups, so that the kernel itself kills what leaks", file=sys.stderr)
        return 2
    print(f"building the shop and the Collector into {WORK} (minutes, the first time)", flush=True)
    binaries = parts.build(WORK)
    results = []
    for name in given.only or scenarios.SCENARIOS:
        folder = (given.keep or Path(tempfile.mkdtemp(prefix="gomend-lab-"))) / name
        shutil.rmtree(folder, ignore_errors=True)
        print(f"{name}: {scenarios.WARM:.0f} s of ordinary business, then the fault …", flush=True)
        with shop.running(*binaries, folder) as lab:
            results.append(scenarios.run(name, lab))
            if given.write and name == "triple" and lab.records():
                page.pictures(lab.store, lab.records()[0]["at"] / 1e9)
        print(page.told(results[-1]), flush=True)
        if given.keep is None:
            shutil.rmtree(folder.parent, ignore_errors=True)
    if given.write:
        page.keep(results, os.cpu_count() or 1, json.loads(given.soak.read_text()) if given.soak else None)
    return 0 if all(page.right(r) for r in results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
