"""Write ``docs/debug.md``: what ``gomend debug why`` and ``gomend debug map`` say of a small program, in both languages: ``python tools/debug_page.py``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "debug.md"
MAIN = """package main

import "fmt"

func total(prices []int) int {
	sum := 0
	for _, p := range prices {
		sum += p
	}
	return sum
}

func main() {
	fmt.Println(total([]int{3, 4, 5}))
}
"""
LAUNCH = {
    "configurations": [
        {"name": "shop", "type": "go", "request": "launch", "mode": "exec", "program": "${workspaceFolder}/bin/shop"}
    ]
}
HEAD = """# A breakpoint that does not bind

Written by `tools/debug_page.py`, which runs what it shows. The program was built with
`go build -trimpath -gcflags='all=-N -l' -o bin/shop ./cmd/shop`, and `.vscode/launch.json` has a configuration without path rules.
"""
WHY = ("debug", "why", "--config", ".vscode/launch.json:shop", "--break", "cmd/shop/main.go:8")
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("The cause, the evidence, the smallest fix, and its proof in a real dlv:", WHY),
    ("In Chinese:", ("--lang", "zh-CN", *WHY)),
    ("A line that has no code:", (*WHY[:-1], "cmd/shop/main.go:12")),
    ("The rules between the sources here and the binary, longest first, for every editor:", ("debug", "map", "bin/shop")),
)


def place(folder: Path) -> None:
    """The program and its launch configuration."""
    (folder / "cmd/shop").mkdir(parents=True)
    (folder / ".vscode").mkdir()
    (folder / "go.mod").write_text("module example.com/shop\n\ngo 1.24\n")
    (folder / "cmd/shop/main.go").write_text(MAIN)
    (folder / ".vscode/launch.json").write_text(json.dumps(LAUNCH))
    words = ["go", "build", "-buildvcs=false", "-trimpath", "-gcflags=all=-N -l", "-o", "bin/shop", "./cmd/shop"]
    subprocess.run(words, cwd=folder, check=True)


def page() -> str:
    """The page, with the folder called as a user's would be."""
    goroot = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    env = {**os.environ, "LC_ALL": "C.UTF-8", "PATH": f"{ROOT}/.cache/tools/bin{os.pathsep}{os.environ['PATH']}"}
    lines = [HEAD]
    with tempfile.TemporaryDirectory(prefix="x", dir="/tmp") as name:  # as long as the name that is shown, so that columns stay
        folder = Path(name)
        place(folder)
        for words, argv in STEPS:
            done = subprocess.run(
                [sys.executable, "-m", "gomend", *argv], cwd=folder, env=env, capture_output=True, text=True, check=False
            )
            said = (done.stdout + done.stderr).replace(str(folder), "/home/ada/shop").replace(goroot, "/usr/local/go").rstrip()
            lines += [words, "", "```console", f"$ gomend {' '.join(argv)}", said, "```", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page())
