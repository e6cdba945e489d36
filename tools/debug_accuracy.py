"""Writes ``docs/debug-accuracy.md``: every case of ``tests/debug/why`` asked of ``gomend debug why``, by cause: right, wrong, and whether the fix was proved.

Usage: PYTHONPATH=src:. python tools/debug_accuracy.py; takes some minutes, needs go, gcc, binutils and dlv.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HERE))
PAGE = HERE / "docs/debug-accuracy.md"
HEAD = """# How often `gomend debug why` is right

Written by `tools/debug_accuracy.py`. Every case is a real program, built by the real go in the way that its cause needs, and asked of `gomend debug why --run`. *Right*: the
cause is the expected one. *Fix proved*: of the breakpoints for which a fix was found, those that bound in a real dlv with the fix (and, where the program came to a stop, stopped
there). `none` are healthy programs: any cause named there would be a false alarm. `image-*`: the Dockerfile's go build is
repeated here, with the image's folders recorded; no container is started. A dash: no change of settings can help, so none is offered.

| cause | cases | right | wrong | fix proved | cases of it |
|---|---:|---:|---:|---:|---|
"""


def ask(case: dict[str, Any]) -> tuple[str, str, str, int, int]:
    """Case, expected and found cause, fixes, and fixes proved."""
    from tests.debug.why.lab import answer

    folder = Path(tempfile.mkdtemp(prefix="gomend-accuracy-"))
    try:
        found = answer(case, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    cause = next((b["cause"] for b in found if b["cause"] != "none"), "none")
    mended = [b for b in found if b["fix"]]
    return case["id"], case["cause"], cause, len(mended), sum(b["verified"] for b in mended)


def main() -> int:
    from tests.debug.why.lab import CASES

    with ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(ask, CASES))
    by: dict[str, list[tuple[str, str, str, int, int]]] = defaultdict(list)
    for row in rows:
        by[row[1]].append(row)
    lines = []
    for cause, of in sorted(by.items(), key=lambda item: (item[0] != "none", item[0])):
        right = sum(r[2] == cause for r in of)
        fixes, proved = sum(r[3] for r in of), sum(r[4] for r in of)
        names = ", ".join(r[0] if r[2] == cause else f"**{r[0]}** ({r[2]})" for r in of)
        lines.append(
            f"| {cause} | {len(of)} | {right} | {len(of) - right} | {f'{proved} of {fixes}' if fixes else '–'} | {names} |"
        )
    right = sum(r[1] == r[2] for r in rows)
    fixes, proved = sum(r[3] for r in rows), sum(r[4] for r in rows)
    lines.append(f"| **all** | {len(rows)} | {right} | {len(rows) - right} | {proved} of {fixes} | |")
    PAGE.write_text(HEAD + "\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
