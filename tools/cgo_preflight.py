"""Measure what the preflight foresees: ``python tools/cgo_preflight.py [--cases FILE] [--check]``, written to ``docs/cgo-preflight.md``.

Each case is laid out in a temporary folder with its environment; ``gomend cgo doctor --preflight -- COMMAND`` looks at it without
building, once with and once without compiler calls. A case counts as foreseen if a finding names its cause.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "cgo-preflight.md"
CASES = ROOT / "tests" / "cgo" / "data" / "cases.json"
FOREIGN = ("CGO_", "CC", "CXX", "GO", "PKG_CONFIG", "AR")
NEVER = {
    "binary-wrong-cpu": "only running the program on the wrong machine fails; the build is right",
    "zig-ub-trap": "the program runs into undefined behaviour; the build is right",
}
"""Causes that nothing shows beforehand, and why."""


def zig(folder: Path) -> str:
    """A program that is the zig beside this Python."""
    path = folder / "zig"
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -m ziglang "$@"\n')
    path.chmod(0o755)
    return str(path)


def ahead(case: dict[str, Any], *, compile: bool) -> dict[str, Any]:
    """Lay a case out and look at it."""
    go = subprocess.run(["go", "env", "GOROOT", "GOCACHE"], capture_output=True, text=True, check=True).stdout.split()
    with tempfile.TemporaryDirectory(prefix="cgo-ahead-") as name:
        work = Path(name)
        root = work / "src"
        for file, text in case["files"].items():
            path = root / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

        def fill(text: str) -> str:
            return text.replace("{W}", name).replace("{ZIG}", zig(work)).replace("{GO}", f"{go[0]}/bin")

        env = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)} | {
            "GOFLAGS": "-buildvcs=false",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "GOENV": f"{name}/goenv",
            "GOCACHE": go[1],
            "GOPROXY": "off",
            "LC_ALL": "C",
        }
        if case["setup"]:
            subprocess.run(["/bin/bash", "-c", fill(case["setup"])], cwd=root, env=env, check=True, capture_output=True)
        env |= {k: fill(v) for k, v in case["env"].items()}
        argv = [sys.executable, "-m", "gomend", "cgo", "doctor", "--preflight", "--format", "json"]
        argv += [] if compile else ["--no-compile"]
        argv += ["--", "/bin/bash", "-c", fill(case["cmd"])]
        started = time.perf_counter()
        done = subprocess.run(argv, cwd=root, env=env, capture_output=True, text=True, check=False)
        wall = time.perf_counter() - started
        if done.returncode not in {0, 1}:
            raise SystemExit(f"{case['id']}: exit {done.returncode}: {done.stderr}")
        answer = json.loads(done.stdout)
        return answer | {
            "wall": wall,
            "slugs": list(dict.fromkeys(f["slug"] for f in answer["findings"] if not f["explained_by"])),
        }


def page(rows: list[dict[str, Any]]) -> str:
    """The page."""
    visible = [r for r in rows if r["cause"] not in NEVER]
    hits = [r for r in visible if r["cause"] in r["with"]]
    first = [r for r in visible if r["with"][:1] == [r["cause"]]]
    cheap = [r for r in visible if r["cause"] in r["without"]]
    lines = [
        "# What the preflight foresees",
        "",
        "Written by `tools/cgo_preflight.py` from `tests/cgo/data/cases.json`: failures that were seen with the real tools. Nothing is built;",
        "`gomend cgo doctor --preflight` is told the command, and looks. Without compiler calls only files, go and headers of files are read.",
        "",
        f"- foreseen: **{len(hits)} of {len(visible)}** causes that something shows beforehand (as the first finding: {len(first)})",
        f"- without any check of C code by a compiler: {len(cheap)} of {len(visible)}",
        "",
        "| case | cause | with compiler calls | without | named first |",
        "|---|---|---|---|---|",
    ]
    for row in sorted(rows, key=lambda r: (r["cause"], r["id"])):
        if row["cause"] in NEVER:
            lines.append(f"| {row['id']} | {row['cause']} | – | – | {NEVER[row['cause']]} |")
            continue
        marks = ["✓" if row["cause"] in row[k] else "✗" for k in ("with", "without")]
        lines.append(f"| {row['id']} | {row['cause']} | {marks[0]} | {marks[1]} | {(row['with'] or ['nothing'])[0]} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=Path, default=CASES)
    parser.add_argument("--check", action="store_true", help="only compare with the page")
    parser.add_argument("--quiet", action="store_true")
    given = parser.parse_args()
    rows = []
    cases = json.loads(given.cases.read_text())
    with (
        tempfile.TemporaryDirectory() as name
    ):  # zig prepares a target's C library once, which takes longer than a preflight may
        source = Path(name) / "warm.c"
        source.write_text("int main(void) { return 0; }\n")
        for target in sorted(set(re.findall(r"-target ([\w.-]+)", json.dumps(cases)))):
            subprocess.run(
                [sys.executable, "-m", "ziglang", "cc", "-target", target, "-fsyntax-only", str(source)], check=False
            )
    for case in cases:
        full, cheap = ahead(case, compile=True), ahead(case, compile=False)
        rows.append({"id": case["id"], "cause": case["cause"], "with": full["slugs"], "without": cheap["slugs"]})
        if not given.quiet:
            hit = "✓" if case["cause"] in full["slugs"] else "✗"
            print(
                f"{hit} {case['id']:<38} {case['cause']:<24} {full['wall']:.1f} s / {cheap['wall']:.1f} s  {full['slugs']}",
                flush=True,
            )
    text = page(rows)
    if given.check:
        return 0 if PAGE.read_text() == text else 1
    if given.cases == CASES:
        PAGE.write_text(text)
    print("\n".join(text.splitlines()[5:8]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
