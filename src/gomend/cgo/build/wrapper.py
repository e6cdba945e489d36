"""The small shell program that stands between go and ``zig cc``.

It puts the target first, switches off the checks that zig adds to code without ``-O`` (they end in a trap), and drops what zig refuses
although nothing depends on it; a test asks the real zig. Everything else, linker scripts among it, is passed on.
"""

from __future__ import annotations

import shlex
from typing import Final

DROPPED: Final = {
    "-Wl,--enable-auto-import": "MinGW's ld does by this what lld always does; zig 0.17 refuses it",
}
"""Arguments (shell patterns) that are left out, and why."""


def text(zig: str, mode: str, target: str) -> str:
    """A POSIX shell program for CC (``mode`` is ``cc``) or CXX (``c++``) with one target."""
    cases = "".join(f"    {pattern}) ;;\n" for pattern in sorted(DROPPED))
    return f"""#!/bin/sh
# zig {mode} for {target}, as go calls it. Made by `gomend cgo build`; it is made again when it is needed.
n=$#
while [ "$n" -gt 0 ]; do
  case $1 in
{cases}    *) set -- "$@" "$1" ;;
  esac
  shift
  n=$((n - 1))
done
exec {shlex.quote(zig)} {mode} -target {target} -fno-sanitize=undefined "$@"
"""


def archiver(zig: str) -> str:
    """A shell program for AR, which go takes as one path."""
    return f'#!/bin/sh\n# zig ar. Made by `gomend cgo build`.\nexec {shlex.quote(zig)} ar "$@"\n'
