"""The file that says how a project is built for one target: ``.gomend/env/linux_arm64.env``.

Lines are ``NAME=value`` in a form that a shell and gomend read alike: ``set -a; . .gomend/env/linux_arm64.env; set +a``.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final

FOLDER: Final = ".gomend/env"
"""Where the files lie, relative to the project."""


def name(goos: str, goarch: str) -> str:
    """Path of a target's file, relative to the project, with slashes."""
    return f"{FOLDER}/{goos}_{goarch}.env"


def render(values: Mapping[str, str]) -> str:
    """The text of a file. GOOS, GOARCH and CGO_ENABLED come first; the others are sorted."""
    first = [n for n in ("GOOS", "GOARCH", "CGO_ENABLED") if n in values]
    rest = sorted(values.keys() - set(first))
    target = f"{values.get('GOOS', '')}_{values.get('GOARCH', '')}"
    head = f"# How this project is built for {target.replace('_', '/')}:  set -a; . {FOLDER}/{target}.env; set +a; go build ./...\n"
    return head + "".join(f"{n}={shlex.quote(values[n])}\n" for n in (*first, *rest))


def parse(text: str) -> dict[str, str]:
    """The values of a file; lines that are no assignments are left out."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        key, mark, rest = line.strip().removeprefix("export ").partition("=")
        if not mark or not key.isidentifier() or line.lstrip().startswith("#"):
            continue
        try:
            values[key] = "".join(shlex.split(rest, comments=True))
        except ValueError:
            continue
    return values


def merged(text: str, values: Mapping[str, str]) -> str:
    """The text with ``values`` laid over it: lines of other names stay as they are."""
    if not text:
        return render(values)
    kept = []
    for line in text.splitlines():
        key = line.strip().removeprefix("export ").partition("=")[0]
        if key not in values:
            kept.append(line)
    return "".join(f"{line}\n" for line in kept) + "".join(f"{n}={shlex.quote(v)}\n" for n, v in sorted(values.items()))
