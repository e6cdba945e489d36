"""Bytes and ages for people, and back."""

from __future__ import annotations

import re
from typing import Final

from gomend.apps.cli import base
from gomend.model.text import text

_UNITS: Final = ("B", "kB", "MB", "GB", "TB")
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kKmMgGtT]?)i?[bB]?")
_AGE: Final = re.compile(r"(\d+(?:\.\d+)?)([hdwy])")
_POWER: Final = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_SECONDS: Final = {"h": 3600.0, "d": 86400.0, "w": 7 * 86400.0, "y": 365 * 86400.0}
_NO_SIZE: Final = text("cli.cache.no-size", "{value} is no size; write for example 500M or 5G.")
_NO_AGE: Final = text("cli.cache.no-age", "{value} is no age; write for example 12h, 90d, 8w or 1y.")


def shown(size: float) -> str:
    """``1.5 GB``; a kB has 1024 bytes, as du counts."""
    unit = 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size /= 1024
        unit += 1
    return f"{size:.0f} {_UNITS[unit]}" if unit == 0 or size >= 100 else f"{size:.1f} {_UNITS[unit]}"


def size(value: str) -> int:
    """Bytes of ``5G``.

    Raises:
        Problem: it is no size.
    """
    match = _SIZE.fullmatch(value.strip())
    if not match:
        raise base.Problem(_NO_SIZE, value=value)
    return int(float(match[1]) * 1024 ** _POWER[match[2].lower()])


def age(value: str) -> float:
    """Seconds of ``90d``.

    Raises:
        Problem: it is no age.
    """
    match = _AGE.fullmatch(value.strip())
    if not match:
        raise base.Problem(_NO_AGE, value=value)
    return float(match[1]) * _SECONDS[match[2]]
