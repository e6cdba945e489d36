"""Module paths as the module cache and proxies spell them, and their major versions. Source: golang.org/x/mod/module."""

from __future__ import annotations

import re
from typing import Final

_MAJOR: Final = re.compile(r"(?P<prefix>.*)/v(?P<major>[2-9]|[1-9][0-9]+)")
_VERSION: Final = re.compile(r"v(\d+)\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")


def escape(text: str) -> str:
    """Spell a path or version for a case-insensitive file system: an upper-case letter becomes ``!`` and its lower case."""
    return re.sub(r"[A-Z]", lambda match: "!" + match[0].lower(), text)


def unescape(text: str) -> str:
    """Undo :func:`escape`; ``%21`` stands for ``!`` in URLs."""
    return re.sub(r"!([a-z])", lambda match: match[1].upper(), text.replace("%21", "!"))


def split_major(path: str) -> tuple[str, int]:
    """The path without its ``/vN`` suffix and N; 0 where there is none (so the versions are v0 and v1)."""
    match = _MAJOR.fullmatch(path)
    return (match["prefix"], int(match["major"])) if match else (path, 0)


def major_of(version: str) -> int | None:
    """The major number of a canonical version, None if it is none (a branch, ``latest``)."""
    match = _VERSION.fullmatch(version)
    return int(match[1]) if match else None


def major_problem(path: str, version: str) -> str:
    """What go refuses a canonical version with under this path (x/mod/module, CheckPathMajor); empty if they fit."""
    major = major_of(version)
    if major is None:
        return ""
    if match := re.fullmatch(r"gopkg\.in/.*\.v(\d+)(?:-unstable)?", path):
        wanted = int(match[1])
        fits = major == wanted or (wanted == 1 and version.startswith("v0.0.0-"))
        return "" if fits else f'version "{version}" invalid: should be v{wanted}, not v{major}'
    _, wanted = split_major(path)
    if wanted:
        return "" if major == wanted else f'version "{version}" invalid: should be v{wanted}, not v{major}'
    fits = major < 2 or version.endswith("+incompatible")
    return "" if fits else f'version "{version}" invalid: should be v0 or v1, not v{major}'
