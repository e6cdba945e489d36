"""Go versions in order, as ``go/version`` of the standard library compares them."""

from __future__ import annotations

import re
from typing import Final

_VERSION: Final = re.compile(r"(?:go)?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:(beta|rc|alpha)(\d+))?(?:[-+ ].*)?")

Key = tuple[int, int, int, int, int]


def key(version: str) -> Key | None:
    """A key that sorts like Go's own comparison (1.21 < 1.21rc1 < 1.21.0), None if it is no Go version.

    From Go 1.21 a language version such as ``1.21`` is less than its release candidates (go/version, Compare).
    """
    match = _VERSION.fullmatch(version.strip())
    if not match:
        return None
    major, minor, patch, kind, number = match.groups()
    new_scheme = (int(major), int(minor or 0)) >= (1, 21)
    if kind:
        stage, pre = {"alpha": 1, "beta": 2, "rc": 3}[kind], int(number)
    elif patch is None and new_scheme and minor is not None:
        stage, pre = 0, 0
    else:
        stage, pre = 4, 0
    return int(major), int(minor or 0), int(patch or 0), stage, pre


def older(left: str, right: str) -> bool:
    """Whether ``left`` comes before ``right``; False if one of them is no Go version (such as ``devel``)."""
    a, b = key(left), key(right)
    return a is not None and b is not None and a < b
