"""Path rules and a judged breakpoint of a 23 MB program (dlv itself), beside the time that dlv takes to open it and set one: ``python bench/debug.py``."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

from run import GOMEND, ROOT, pair, show

DLV = ROOT / ".cache/tools/bin/dlv"
ROUNDS = 5


def rows() -> list[dict[str, object]]:
    """All rows of this file."""
    os.environ["PATH"] = f"{DLV.parent}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands = folder / "commands"
        commands.write_text("break main.main\nexit\n")
        listed = [GOMEND, "debug", "map", str(DLV), "--format", "json"]
        unmapped = json.loads(subprocess.run(listed, cwd=folder, capture_output=True, check=True).stdout)["modules"]
        main = next(m["prefix"] for m in unmapped if m["main"])
        question = {
            "launch": {"mode": "exec", "program": str(DLV)},
            "breakpoints": [{"file": f"{main}/cmd/dlv/main.go", "lines": [14]}],
        }
        (folder / "ask.json").write_text(json.dumps(question))
        peer = [
            str(DLV),
            "exec",
            "--check-go-version=false",
            "--allow-non-terminal-interactive",
            "--init",
            str(commands),
            str(DLV),
        ]
        why = [GOMEND, "debug", "why", "--no-dlv", "--launch", str(folder / "ask.json")]
        return [
            pair("debug map, 23 MB / dlv opens and breaks", listed, peer, folder, ROUNDS),
            pair("debug why --no-dlv, 23 MB / dlv opens and breaks", why, peer, folder, ROUNDS),
        ]


if __name__ == "__main__":
    show(rows())
