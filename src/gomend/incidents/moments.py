"""Moments as Kubernetes, Prometheus and Alertmanager write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

_FRACTION: Final = re.compile(r"(\.\d{6})\d+")


def rfc3339(value: object) -> int | None:
    """Nanoseconds since 1970 of a text in the form of RFC 3339; None for anything else, and for moments that 64 bits do not hold."""
    if not isinstance(value, str):
        return None
    try:  # Go writes nine digits of a second, Python reads six
        when = datetime.fromisoformat(_FRACTION.sub(r"\1", value))
        at = int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1e9)
    except (ValueError, OverflowError, OSError):
        return None
    return at if 0 < at < 2**63 else None
