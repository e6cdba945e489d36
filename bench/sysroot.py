"""``gomend cgo sysroot make`` for seven CPUs beside the same packages by apt and dpkg alone, one CPU after the other, in one run.

Both start with nothing: indexes, packages and unpacking are in the time. Network and mirror are shared, and what apt does is in both.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GOMEND = str(Path(sys.executable).parent / "gomend")
PACKAGES = ("libpcap-dev", "zlib1g-dev", "libssl-dev", "libc6-dev", "libstdc++-12-dev")
CPUS = {
    "amd64": "amd64", "arm64": "arm64", "arm": "armhf", "386": "i386", "s390x": "s390x", "ppc64le": "ppc64el", "mips64le": "mips64el",
}  # fmt: skip
"""Seven of bookworm's; riscv64 came with trixie."""
PEER = r"""
set -e
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep debian | grep -v security | head -1)
for arch in $ARCHS; do
  d=$PWD/$arch; mkdir -p $d/state $d/lists/partial $d/archives/partial $d/cache $d/etc/preferences.d; touch $d/state/status
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm main" > $d/etc/sources.list
  o="-o Dir=$d -o Dir::State=$d/state -o Dir::State::status=$d/state/status -o Dir::State::lists=$d/lists -o Dir::Cache=$d/cache
     -o Dir::Cache::archives=$d/archives -o Dir::Etc=$d/etc -o Dir::Etc::sourceparts=/dev/null -o APT::Architecture=$arch -o APT::Architectures=$arch
     -o APT::Install-Recommends=false -o APT::Sandbox::User= -o Acquire::Languages=none -o Debug::NoLocking=1"
  apt-get $o -qq update
  apt-get $o -qq -y --download-only install $PACKAGES
  for package in $d/archives/*.deb; do dpkg-deb -x $package $d/tree; done
done
"""


def once(argv: list[str], env: dict[str, str], folder: str) -> float:
    started = time.perf_counter()
    done = subprocess.run(argv, cwd=folder, env={**os.environ, **env}, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return time.perf_counter() - started


def rows() -> list[dict[str, object]]:
    """Seconds of wall time and their ratio, medians of three alternate runs; then again with what was kept."""
    targets = [w for cpu in CPUS for w in ("--target", f"linux/{cpu}")]
    argv = [GOMEND, "cgo", "sysroot", "make", *targets, *PACKAGES]
    mine, theirs, kept = [], [], []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            mine.append(once(argv, {"GOMEND_STATE": folder}, folder))
            kept.append(once([*argv, "--again"], {"GOMEND_STATE": folder}, folder))
        with tempfile.TemporaryDirectory() as folder:
            env = {"ARCHS": " ".join(CPUS.values()), "PACKAGES": " ".join(PACKAGES)}
            theirs.append(once(["/bin/bash", "-c", PEER], env, folder))
    return [
        _row(f"sysroots for seven CPUs{more} / apt and dpkg alone", m, theirs) for more, m in (("", mine), (", again", kept))
    ]


def _row(name: str, mine: list[float], theirs: list[float]) -> dict[str, object]:
    ours, peer = sorted(mine)[1], sorted(theirs)[1]
    return {
        "name": name,
        "wall_ms": round(ours * 1000),
        "peer_wall_ms": round(peer * 1000),
        "wall_ratio": round(ours / peer, 2),
    }


if __name__ == "__main__":
    print("\n".join(str(row) for row in rows()))
