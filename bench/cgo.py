"""``gomend cgo needs`` and the preflight beside ``go list``, in one run, on a project of a few hundred packages."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

GOMEND = str(Path(sys.executable).parent / "gomend")
PACKAGES = 300
"""Packages of the project itself; with the standard library's that they import there are about 500."""
STANDARD = (
    "net/http",
    "encoding/json",
    "database/sql",
    "go/types",
    "image/png",
    "archive/zip",
    "crypto/tls",
    "text/template",
    "net/rpc",
    "debug/elf",
)
BOTH = "CGO_ENABLED=1 go list -e -deps -json ./... > /dev/null & CGO_ENABLED=0 go list -e -deps -json ./... > /dev/null; wait"
"""The peer: the same questions, asked of go at the same time."""


def project(folder: Path) -> Path:
    """Every tenth package has C."""
    (folder / "go.mod").write_text("module example.com/bench\n\ngo 1.21\n")
    for i in range(PACKAGES):
        home = folder / f"p{i}"
        home.mkdir()
        text = f"package p{i}\n\n"
        if i % 10 == 0:
            text += '// #include <stdlib.h>\n// static int f(void) { return 1; }\nimport "C"\n\n'
        text += f'import _ "{STANDARD[i % len(STANDARD)]}"\n' + (f'import _ "example.com/bench/p{i - 1}"\n' if i else "")
        (home / "p.go").write_text(text + ("\nfunc F() { C.f() }\n" if i % 10 == 0 else ""))
    return folder


def rows() -> list[dict[str, object]]:
    """Ratios of wall time."""
    from run import pair

    with tempfile.TemporaryDirectory() as name:
        folder = project(Path(name))
        peer = ["/bin/bash", "-c", BOTH]
        subprocess.run(peer, cwd=folder, check=True)
        return [
            pair(
                "gomend cgo needs / go list with cgo and without",
                [GOMEND, "cgo", "needs", "--format", "json"],
                peer,
                folder,
                rounds=7,
            ),
            pair(
                "gomend cgo doctor --preflight --no-compile / the same",
                [GOMEND, "cgo", "doctor", "--preflight", "--no-compile", "--format", "json"],
                peer,
                folder,
                rounds=7,
            ),
        ]


if __name__ == "__main__":
    from run import show

    show(rows())
