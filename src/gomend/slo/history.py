"""What a source answers: periods on a grid, and never a gap that looks like a number."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Final

from gomend.model.base import Thing
from gomend.model.text import Said, say, text
from gomend.slo.policy import Period

_DIGITS: Final = 40
_ODD: Final = text(
    "slonote.odd", "{count} periods have more good events than events, or fewer than none: they count as missing"
)


class Grid(Thing, frozen=True):
    """The periods that are asked for: ``count`` of ``step`` seconds each, the last one ending at ``end`` (seconds since 1970)."""

    end: int
    step: int
    count: int

    @property
    def start(self) -> int:
        """When the first period ends."""
        return self.end - (self.count - 1) * self.step

    def ends(self) -> range:
        """When each period ends, oldest first."""
        return range(self.start, self.end + 1, self.step)


class Totals(Thing, frozen=True):
    """Events of a longer window up to the newest period."""

    bad: Fraction
    total: Fraction


class Reading(Thing, frozen=True):
    """What a source answered for one SLI. With a ``problem`` nothing else is to be trusted."""

    periods: tuple[Period, ...] = ()
    spans: dict[int, Totals] = {}
    """Window in seconds → its events; a window that could not be asked is not there."""
    notes: tuple[Said, ...] = ()
    """What is strange about the answer, for people."""
    problem: str = ""
    partial: bool = False
    """The server said that its answer may lack data."""


def exact(words: str) -> Fraction | None:
    """A number as a server or a file writes it; None for NaN, infinity and what is none.

    Raises:
        ValueError: it is no number at all.
    """
    try:
        found = Decimal(words)
    except InvalidOperation:
        if words in {"+Inf", "-Inf", "Inf"}:
            return None
        msg = f"{words[:_DIGITS]!r} is no number"
        raise ValueError(msg) from None
    if not found.is_finite() or abs(found.adjusted()) > 400:
        return None
    return Fraction(found)


def share(parts: Mapping[str, Fraction | None]) -> tuple[Fraction | None, Fraction | None, Fraction | None, str]:
    """Value, number of events and good ones of one period from ``good``, ``bad``, ``total`` and ``excluded``; and what is wrong with them.

    ``good`` that is not there while events are counts as none: no series with that status is an outage, not a gap. ``bad`` that is
    not there counts as none too; whether it could ever match is asked elsewhere. Without events there is no value: 0 / 0 is not good.
    """
    good, bad, total = parts.get("good"), parts.get("bad"), parts.get("total")
    if "total" in parts:
        if total is None:
            return None, None, None, ""
        if excluded := parts.get("excluded"):
            total -= excluded
        good = (good or Fraction(0)) if "good" in parts else total - (bad or Fraction(0))
    else:
        if good is None and bad is None:
            return None, None, None, ""
        good = good or Fraction(0)
        total = good + (bad or Fraction(0))
    if total == 0 and good == 0:
        return None, Fraction(0), None, ""
    if total <= 0 or not 0 <= good <= total:
        return None, None, None, "good events are fewer than none or more than all"
    return good / total, total, good, ""


def built(grid: Grid, parts: Mapping[str, Mapping[int, Fraction | None]], factor: Fraction = Fraction(1)) -> Reading:
    """Periods from what each part said at the end of each period; ``factor`` turns values into the objective's unit."""
    periods: list[Period] = []
    odd = 0
    for end in grid.ends():
        at = {name: series.get(end) for name, series in parts.items()}
        if "value" in at:
            value, events, good, wrong = at["value"], at.get("events"), None, ""
            value = None if value is None else value * factor
        else:
            value, events, good, wrong = share(at)
        odd += bool(wrong)
        periods.append(Period(value=value, events=events, start=Fraction(end - grid.step), good=good))
    notes = (say(_ODD, count=odd),) if odd else ()
    return Reading(periods=tuple(periods), notes=notes)
