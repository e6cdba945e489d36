"""Versions in order: semantic ones (x/mod/semver, x/mod/module) and those of Go itself (cmd/go, gover)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from gomend.golang import modpath
from gomend.golang import version as gover

_SEMVER: Final = re.compile(
    r"v(0|[1-9]\d*)(?:\.(0|[1-9]\d*)(?:\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(\+[0-9A-Za-z.-]+)?)?)?"
)
_PSEUDO: Final = re.compile(r"v[0-9]+\.(?:0\.0-|\d+\.\d+-(?:[^+]*\.)?0\.)(\d{14})-[A-Za-z0-9]+(?:\+[0-9A-Za-z.-]+)?")
_LANG: Final = re.compile(r"\d+\.\d+")
_ELEMENT_OK: Final = re.compile(r"[^A-Za-z0-9._~-]")
_FILE_OK: Final = re.compile(r"[^A-Za-z0-9 !#$%&()+,\-.=@\[\]^_{}~\u0080-\U0010ffff]")
_WINDOWS: Final = frozenset(("con", "prn", "aux", "nul", *(f"{n}{i}" for n in ("com", "lpt") for i in range(1, 10))))
TOOLCHAINS: Final = frozenset({"go", "toolchain"})
"""Paths that stand for Go itself."""

Key = tuple[object, ...]


def valid(version: str) -> bool:
    """semver.IsValid."""
    return _SEMVER.fullmatch(version) is not None


def canonical(version: str) -> str:
    """module.CanonicalVersion: full, without build metadata but for ``+incompatible``; empty if it is no version."""
    match = _SEMVER.fullmatch(version)
    if not match:
        return ""
    major, minor, patch, pre, build = match.groups()
    tail = "+incompatible" if build == "+incompatible" else ""
    return f"v{major}.{minor or 0}.{patch or 0}{'-' + pre if pre else ''}{tail}"


def is_pseudo(version: str) -> bool:
    """module.IsPseudoVersion."""
    return version.count("-") >= 2 and _PSEUDO.fullmatch(version) is not None


def pseudo_time(version: str) -> str:
    """The time of a pseudo-version, fourteen digits; empty if it is none."""
    match = _PSEUDO.fullmatch(version)
    return match[1] if match else ""


def prerelease(version: str) -> bool:
    """Whether the version has a pre-release part."""
    match = _SEMVER.fullmatch(version)
    return bool(match and match[4])


def major_minor(version: str) -> str:
    """``vX.Y``."""
    match = _SEMVER.fullmatch(version)
    return f"v{match[1]}.{match[2] or 0}" if match else version


@lru_cache(maxsize=2048)
def key(path: str, version: str) -> Key:
    """gover.ModCompare as a key; what is no version (``none``) comes first."""
    if path in TOOLCHAINS:
        return (1, gover.key(version) or (-1,))
    match = _SEMVER.fullmatch(version)
    if not match:
        return (0,)
    major, minor, patch, pre, _ = match.groups()
    parts: tuple[object, ...] = (1,)
    if pre:
        pieces = ((0, int(p), "") if p.isdigit() else (1, 0, p) for p in pre.split("."))
        parts = (0, *pieces)
    return (1, int(major), int(minor or 0), int(patch or 0), parts)


def compare(path: str, left: str, right: str) -> int:
    """gover.ModCompare: negative, zero or positive."""
    a, b = key(path, left), key(path, right)
    return 0 if a == b else (-1 if a < b else 1)


def is_valid(path: str, version: str) -> bool:
    """gover.ModIsValid."""
    if path == "toolchain":
        return version.startswith("go") and gover.key(version) is not None
    return gover.key(version) is not None if path == "go" else valid(version)


def is_prefix(path: str, version: str) -> bool:
    """gover.ModIsPrefix: ``v1`` and ``v1.2`` stand for all versions below them."""
    if path in TOOLCHAINS:
        return _LANG.fullmatch(version.removeprefix("go")) is not None
    return valid(version) and version.partition("-")[0].partition("+")[0].count(".") < 2


def splits(path: str) -> bool:
    """Whether module.SplitPathVersion takes the path (``/v1`` and ``/v02`` are no major versions)."""
    tail = path.rpartition("/")[2]
    if not re.fullmatch(r"v[0-9.]+", tail) or "/" not in path:
        return not path.startswith("gopkg.in/") or bool(re.search(r"\.v\d+(?:-unstable)?$", path))
    return re.fullmatch(r"v(?:[2-9]|[1-9]\d+)", tail) is not None


def path_problem(path: str) -> str:
    """What module.CheckPath refuses a module path with; empty if it takes it."""
    problem = _path_problem(path)
    return f'malformed module path "{path}": {problem}' if problem else ""


def _path_problem(path: str) -> str:
    if whole := _shape_problem(path):
        return whole
    for element in path.split("/"):
        if problem := element_problem(element, _ELEMENT_OK):
            return problem
    first = path.partition("/")[0]
    if "." not in first:
        return "missing dot in first path element"
    if bad := re.search(r"[^a-z0-9.-]", first):
        return f"invalid char {bad[0]!r} in first path element"
    return "" if splits(path) else "invalid version"


def _shape_problem(path: str) -> str:
    if not path:
        return "empty string"
    if path.startswith("-"):
        return "leading dash"
    if "//" in path:
        return "double slash"
    return "trailing slash" if path.endswith("/") else ""


def element_problem(element: str, allowed: re.Pattern[str]) -> str:
    """module.checkElem for a module's path or (``_FILE_OK``) a version; empty if nothing is wrong."""
    if not element:
        return "empty path element"
    if set(element) == {"."}:
        return f'invalid path element "{element}"'
    if element.startswith(".") and allowed is _ELEMENT_OK:
        return "leading dot in path element"
    if element.endswith("."):
        return "trailing dot in path element"
    if bad := allowed.search(element):
        return f"invalid char {bad[0]!r}"
    short = element.partition(".")[0]
    if short.lower() in _WINDOWS:
        return f'"{short}" disallowed as path element component on Windows'
    if allowed is _ELEMENT_OK and re.search(r"~[0-9]+$", short):
        return "trailing tilde and digits in path element"
    return ""


def disallowed(version: str) -> bool:
    """Whether module.EscapeVersion refuses a version string."""
    return "!" in version or bool(element_problem(version, _FILE_OK))


def fits_major(path: str, version: str) -> bool:
    """module.CheckPathMajor holds; ``+incompatible`` fits a path without a suffix."""
    full = canonical(version)
    return not modpath.major_problem(path, full) if full else True
