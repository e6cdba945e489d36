"""Writes ``docs/debug-maps.md``: of binaries built in many ways, which recorded sources ``gomend debug map`` finds here and maps back, beside Delve's own guess.

Usage: PYTHONPATH=src python tools/debug_maps.py [--check]; needs go, gcc and dlv on PATH, and the module proxy.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from gomend.apps.debug import mapping
from gomend.debug import paths

HERE = Path(__file__).resolve().parents[1]
PAGE = HERE / "docs/debug-maps.md"
PROJECTS = HERE / "tests/debug/why/projects"
BUILDS: tuple[tuple[str, str, str, str], ...] = (
    ("plain", "app", ".", "go build -o $OUT ."),
    ("-trimpath", "app", ".", "go build -trimpath -o $OUT ."),
    ("-gcflags=all=-trimpath=DIR=>/app, as in a container", "app", ".", "go build -gcflags=all=-trimpath=$PWD=\\>/app -o $OUT ."),
    ("-gcflags=all=-trimpath=DIR", "app", ".", "go build -gcflags=all=-trimpath=$PWD -o $OUT ."),
    ("built in another checkout", "app", ".", "cp -r . $TMP/away && (cd $TMP/away && go build -o $OUT .) && rm -r $TMP/away"),
    ("built through a symbolic link that is gone", "app", ".", "ln -s $PWD $TMP/link && (cd $TMP/link && go build -o $OUT .); rm $TMP/link"),
    ("modules and a replaced folder", "dep", "app", "go build -o $OUT ."),
    ("modules and a replaced folder, -trimpath", "dep", "app", "go build -trimpath -o $OUT ."),
    ("vendor", "dep", "app", "go mod vendor && go build -mod=vendor -o $OUT ."),
    ("vendor, -trimpath", "dep", "app", "go mod vendor && go build -mod=vendor -trimpath -o $OUT ."),
    ("replace with another version", "dep", "app", "go mod edit -replace=github.com/BurntSushi/toml=github.com/BurntSushi/toml@v1.3.2 && go build -mod=mod -o $OUT ."),
    ("replace with another version, -trimpath", "dep", "app", "go mod edit -replace=github.com/BurntSushi/toml=github.com/BurntSushi/toml@v1.3.2 && go build -mod=mod -trimpath -o $OUT ."),
    ("a program of a dependency", "dep", "app", "go build -o $OUT github.com/BurntSushi/toml/cmd/tomlv"),
    ("a program of a dependency, -trimpath", "dep", "app", "go build -trimpath -o $OUT github.com/BurntSushi/toml/cmd/tomlv"),
    ("workspace", "ws", "a", "go build -o $OUT ."),
    ("workspace, -trimpath", "ws", "a", "go build -trimpath -o $OUT ."),
    ("workspace switched off", "ws", "a", "GOWORK=off go build -o $OUT ."),
    ("cgo", "cg", ".", "go build -o $OUT ."),
    ("cgo, -trimpath", "cg", ".", "go build -trimpath -o $OUT ."),
    ("Go 1.27 from the module cache", "app", ".", "GOTOOLCHAIN=go1.27.0 go build -o $OUT ."),
    ("Go 1.27 from the module cache, -trimpath", "app", ".", "GOTOOLCHAIN=go1.27.0 go build -trimpath -o $OUT ."),
    ("generics, -buildmode=pie", "lang", ".", "go build -buildmode=pie -o $OUT ."),
    ("for Windows", "app", ".", "GOOS=windows go build -o $OUT ."),
    ("for Windows, -trimpath", "app", ".", "GOOS=windows go build -trimpath -o $OUT ."),
    ("for macOS on ARM", "lang", ".", "GOOS=darwin GOARCH=arm64 go build -o $OUT ."),
    ("a test binary, -trimpath", "app", ".", "go test -c -trimpath -o $OUT ."),
    ("stripped (-s -w), -trimpath", "dep", "app", "go build -trimpath -ldflags='-s -w' -o $OUT ."),
)  # fmt: skip
HEAD = """# Path maps: gomend beside Delve's own guess

Written by `tools/debug_maps.py`; every row is a real binary. *Here*: recorded source files (without what the build itself writes) that the rules map to an existing
file of this machine. *Back*: those that the same rules map back to the recorded path, which is what a breakpoint needs. *Delve*: what Delve's
`config substitute-path -guess` maps to existing files, run in the same folder; it needs a program that it can start and DWARF, so some rows have none.

| how the binary was built | files | here | back | Delve |
|---|---:|---:|---:|---:|
"""


def measure(name: str, project: str, where: str, build: str) -> tuple[str, int, int, int, int | None]:
    """One row: the files of a binary, how many are here, how many map back, and how many Delve's guess finds."""
    scratch = Path(tempfile.mkdtemp(prefix="gomend-maps-"))
    try:
        shutil.copytree(PROJECTS / project, scratch / "src")
        folder, out = scratch / "src" / where, scratch / "out"
        env = {**os.environ, "OUT": str(out), "TMP": str(scratch), "GOFLAGS": "-buildvcs=false", "PWD": str(folder)}
        subprocess.run(["sh", "-c", build], cwd=folder, env=env, check=True, capture_output=True)
        answer = mapping.infer(str(out), (str(folder),))
        files = mapping.recorded(str(out))
        forth = [(r.from_, r.to) for r in answer.rules]
        local = [f for f in files if f not in answer.unmapped]
        reverse = mapping.reverse(answer.rules)
        back = [f for f in local if paths.substitute(paths.substitute(f, reverse), forth) == f]
        return name, len(files), len(local), len(back), guess(out, folder, files)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def guess(out: Path, folder: Path, files: tuple[str, ...]) -> int | None:
    """How many files Delve's own guess finds; None where it cannot open the program."""
    said = subprocess.run(
        ["dlv", "exec", "--allow-non-terminal-interactive", "--check-go-version=false", str(out)],
        cwd=folder, input="config substitute-path -guess\nconfig -list\nexit\n", capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    if said.returncode or "substitute-path" not in said.stdout:
        return None
    listed = re.search(r"substitute-path\s+\[(.*?)\]\s*$", said.stdout, re.MULTILINE)
    pairs = re.findall(r'\{"?(.*?)"? "?(.*?)"?\}', listed[1]) if listed else []
    rules = sorted(((a.strip('"'), b.strip('"')) for a, b in pairs), key=lambda r: -len(r[0]))
    return sum(os.path.isfile(paths.substitute(f, rules)) for f in files)


def main() -> int:
    rows = [measure(*build) for build in BUILDS]
    lines = [f"| {n} | {f} | {h} | {b} | {'–' if d is None else d} |" for n, f, h, b, d in rows]
    known = [r for r in rows if r[4] is not None]
    total = (sum(r[1] for r in known), sum(r[2] for r in known), sum(r[3] for r in known), sum(r[4] or 0 for r in known))
    lines.append(f"| **where Delve can guess** | {total[0]} | {total[1]} | {total[2]} | {total[3]} |")
    made = HEAD + "\n".join(lines) + "\n"
    if "--check" in sys.argv:
        return int(PAGE.read_text() != made)
    PAGE.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
