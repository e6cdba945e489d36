"""Exact numbers: ``0.9999`` in a double is not 0.9999."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Final

_DIGITS: Final = 400
"""Powers of ten beyond which a number is a mistake, and exact arithmetic would take for ever."""


class BadNumber(Exception):  # noqa: N818 - the name is what people read
    """No number that can be reckoned with; the message names the field."""


def number(value: object, name: str) -> Fraction:
    """An exact number, from a string, or from a JSON number that was read as :class:`~decimal.Decimal` (a float counts as its shortest text).

    Raises:
        BadNumber: it is none, not finite, or absurd.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise BadNumber(f"{name}: {value!r} is no number")
    try:
        found = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        raise BadNumber(f"{name}: {value!r} is no number") from None
    if not found.is_finite() or abs(found.adjusted()) > _DIGITS:
        raise BadNumber(f"{name}: {value} is no number that can be reckoned with")
    return Fraction(found)
