"""What a definition means, field by field; an empty field is one that it does not say."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from gomend.model.base import Thing
from gomend.model.text import Said

CLASSES: Final = ("1xx", "2xx", "3xx", "4xx", "5xx")
"""The classes of HTTP statuses."""


class Meaning(Thing, frozen=True):
    """One team's definition, normalised."""

    team: str
    form: str
    """``promql``, ``sql``, ``csv`` …, or ``prose``."""
    text: str
    """As it was written."""
    good: frozenset[str] = frozenset()
    bad: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    by: frozenset[str] = frozenset()
    """Classes that good events are divided by, where these are not all events: a ratio that has no upper end."""
    population: str = ""
    place: str = ""
    statistic: str = ""
    unit: str = ""
    window: int = 0
    sampled: bool | None = None
    cumulative: bool = False
    """Since a start or a truncate, not over a window."""
    weighting: str = ""
    """What has the same weight in a mean: ``digest``, ``series``, ``window``; empty: each event."""
    objective: str = ""
    invalid: Said | None = None
    """What does not work."""
    replacement: str = ""
    """A query that does."""

    @property
    def share(self) -> bool:
        """Whether it is good events by events."""
        return bool(self.good)

    def of(self, counts: dict[str, Fraction]) -> Fraction | None:
        """Its share on events by class; None: it has no classes, or nothing to divide by."""
        if not self.good:
            return None
        good = sum((n for c, n in counts.items() if c in self.good), Fraction(0))
        inside = self.by or frozenset(counts) - self.excluded
        total = sum((n for c, n in counts.items() if c in inside), Fraction(0))
        return good / total if total else None


def classes(operator: str, value: str) -> frozenset[str]:
    """The classes that a matcher of a status label selects; empty: it selects something else than classes."""
    import re

    try:
        pattern = re.compile(value if operator in {"=~", "!~"} else re.escape(value))
    except re.error:
        return frozenset()
    codes = (100, 101, 200, 201, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 409, 422, 429, 499, 500, 501, 502, 503, 504)
    found = {f"{str(code)[0]}xx" for code in codes if bool(pattern.fullmatch(str(code))) != operator.startswith("!")}
    return frozenset(found | {c for c in CLASSES if operator in {"=", "=~"} and pattern.fullmatch(c)})
