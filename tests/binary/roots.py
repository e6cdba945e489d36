"""Roots of other systems (``tools/test_tools.sh`` unpacks them), and programs really started in them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

PLACE = Path(__file__).parents[2] / ".cache" / "roots"
GLIBC = {"debian:11": PLACE / "bullseye", "debian:13": PLACE / "trixie"}
LIBRARIES = "lib/x86_64-linux-gnu:usr/lib/x86_64-linux-gnu"


def start(program: Path, root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Start a program with the loader and the libraries of a root of Debian, and with nothing else."""
    loader = next(root.glob("lib/x86_64-linux-gnu/ld-[l2]*"))
    places = ":".join(str(root / part) for part in LIBRARIES.split(":"))
    command = [str(loader), "--inhibit-cache", "--library-path", places, str(program), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]})


def musl(folder: Path) -> Path:
    """A root with nothing but musl's loader, from Debian's package."""
    root = folder / "musl"
    (root / "lib").mkdir(parents=True)
    shutil.copy("/lib/ld-musl-x86_64.so.1", root / "lib" / "ld-musl-x86_64.so.1", follow_symlinks=True)
    return root


def start_chroot(program: Path, root: Path) -> subprocess.CompletedProcess[str]:
    """Start a program in a root, as a user who is root there alone."""
    shutil.copy(program, root / "program")
    words = ["unshare", "-r", "chroot", str(root), "/program"]
    return subprocess.run(words, capture_output=True, text=True, check=False)
