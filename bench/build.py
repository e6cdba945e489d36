"""A warm ``gomend cgo build`` beside the bare ``go build`` with the very same toolchain, environment and flags, after a change of one Go file."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

GOMEND = str(Path(sys.executable).parent / "gomend")
MAIN = """package main

import (
	"database/sql"
	"fmt"
	"net/http"

	_ "github.com/mattn/go-sqlite3"
)

func main() {
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		panic(err)
	}
	var version string
	if err := db.QueryRow("select sqlite_version()").Scan(&version); err != nil {
		panic(err)
	}
	fmt.Println(version, http.StatusOK)
}
"""
CELLS = (("glibc", "dynamic"), ("musl", "static"))


def project(folder: Path) -> Path:
    """A program with SQLite (250,000 lines of C) and net/http."""
    (folder / "go.mod").write_text("module example.com/bench\n\ngo 1.21\n")
    (folder / "main.go").write_text(MAIN)
    subprocess.run(["go", "get", "github.com/mattn/go-sqlite3@v1.14.32"], cwd=folder, check=True, capture_output=True)
    return folder


def rows() -> list[dict[str, object]]:
    """Ratios; every run changes main.go first, so that go compiles it and links."""
    from run import pair

    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = project(Path(name))
        touch = "date +'// %s%N' >> main.go; "
        for libc, link in CELLS:
            words = [GOMEND, "cgo", "build", "--target", "linux/amd64", "--libc", libc, "--link", link, "-o", "ours", "."]
            planned = subprocess.run([*words, "--dry-run", "--format", "json"], cwd=folder, check=True, capture_output=True)
            answer = json.loads(planned.stdout)
            env = " ".join(f"{k}={shlex.quote(v)}" for k, v in answer["env"].items())
            bare = env + " " + shlex.join(answer["argv"]).replace(str(folder / "ours"), "theirs")
            peer = ["/bin/bash", "-c", touch + bare]
            ours = ["/bin/bash", "-c", touch + shlex.join(words)]
            found.append(pair(f"gomend cgo build {libc} {link} / the same go build", ours, peer, folder, rounds=9))
    return found


if __name__ == "__main__":
    from run import show

    show(rows())
