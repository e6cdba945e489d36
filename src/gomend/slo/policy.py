"""What a gate holds a series against."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal

from gomend.model.base import Thing
from gomend.model.decimals import BadNumber, number

Verdict = Literal["pass", "block", "unknown", "insufficient"]
Status = Literal["ok", "bad", "missing", "low", "early"]
"""Of one period. ``early``: it began before the deploy had settled, and is not counted."""


class BadPolicy(BadNumber):
    """A policy or series that cannot be judged; the message says which field and why."""


class Policy(Thing, frozen=True):
    """A service level objective as a gate reads it. Numbers are exact: ``0.9999`` in a double is not 0.9999."""

    objective: Fraction
    mode: Literal["relative", "budget", "absolute"] = "relative"
    """How far beyond the objective is bad: by a share of the objective, of the error budget (1 - objective), or by a distance."""
    margin: Fraction = Fraction(1, 10)
    better: Literal["higher", "lower"] = "higher"
    need: int = 3
    """Bad periods in a row that block."""
    missing: Literal["hold", "reset", "bad"] = "hold"
    """What a period without a value does to a streak of bad ones: nothing, ends it, or belongs to it."""
    max_missing: int = 3
    """So many of the newest periods without a value make the verdict ``unknown``."""
    min_events: int = 0
    """Fewer events in a period say too little: it is neither good nor bad."""
    max_low: int = 6
    """So many of the newest periods with too few events make the verdict ``insufficient``."""
    deploy: Fraction | None = None
    """Seconds since 1970. Only periods after it, and after ``settle`` seconds more, count; None: all do."""
    settle: Fraction = Fraction(0)

    @property
    def limit(self) -> Fraction:
        """The value that is still good; bad is strictly beyond it."""
        if self.better == "lower":
            return self.objective + self.margin if self.mode == "absolute" else self.objective * (1 + self.margin)
        if self.mode == "relative":
            return self.objective * (1 - self.margin)
        if self.mode == "budget":
            return 1 - (1 - self.objective) * (1 + self.margin)
        return self.objective - self.margin

    def checked(self) -> Policy:
        """Itself, if its numbers go together.

        Raises:
            BadPolicy: they do not.
        """
        if self.margin < 0 or self.settle < 0:
            raise BadPolicy("margin and settle are not negative")
        if self.mode == "budget" and self.better == "higher" and not 0 <= self.objective <= 1:
            raise BadPolicy(
                "objective: an error budget is 1 - objective, so the objective lies between 0 and 1 (0.999, not 99.9)"
            )
        return self

    def beyond(self, value: Fraction, line: Fraction) -> bool:
        """Whether a value is strictly worse than a line."""
        return value < line if self.better == "higher" else value > line


class Period(Thing, frozen=True):
    """One period of a series. ``value`` None: no sample, not a number, or 0 divided by 0."""

    value: Fraction | None
    events: Fraction | None = None
    start: Fraction | None = None
    """Seconds since 1970."""
    good: Fraction | None = None
    """``events`` times ``value``, where it was counted and need not be reckoned."""


_CHOICES: Final = {
    "mode": ("relative", "budget", "absolute"),
    "better": ("higher", "lower"),
    "missing": ("hold", "reset", "bad"),
}
_COUNTS: Final = {"need": 1, "max_missing": 1, "min_events": 0, "max_low": 1}
_NUMBERS: Final = ("margin", "deploy", "settle")


def policy(raw: object) -> Policy:
    """Read a policy from decoded JSON or YAML.

    Raises:
        BadNumber: a field is unknown, missing or out of range.
    """
    if not isinstance(raw, dict):
        raise BadPolicy("a policy is an object with at least an objective")
    known = {"objective", *_CHOICES, *_COUNTS, *_NUMBERS}
    if unknown := sorted(str(k) for k in raw if k not in known):
        raise BadPolicy(f"{unknown[0]}: there is no such field; known are {', '.join(sorted(known))}")
    if "objective" not in raw:
        raise BadPolicy("objective: it is missing")
    fields: dict[str, Any] = {"objective": number(raw["objective"], "objective")}
    for name, choices in _CHOICES.items():
        if name in raw:
            if raw[name] not in choices:
                raise BadPolicy(f"{name}: {raw[name]!r} is none of {', '.join(choices)}")
            fields[name] = raw[name]
    for name, least in _COUNTS.items():
        if name in raw:
            if isinstance(raw[name], bool) or not isinstance(raw[name], int) or raw[name] < least:
                raise BadPolicy(f"{name}: {raw[name]!r} is no whole number of at least {least}")
            fields[name] = raw[name]
    fields |= {name: number(raw[name], name) for name in _NUMBERS if raw.get(name) is not None}
    return Policy(**fields).checked()


def series(raw: object) -> tuple[Period, ...]:
    """Read a series, oldest period first, from decoded JSON: ``[{"v": 0.99, "n": 120, "t": 1700000000}, …]``.

    Raises:
        BadNumber: a period has no ``v``, something else than a number, or times run backwards.
    """
    if not isinstance(raw, list):
        raise BadPolicy("a series is a list of periods, oldest first")
    periods: list[Period] = []
    for at, item in enumerate(raw):
        if not isinstance(item, dict) or "v" not in item or set(item) - {"v", "n", "t"}:
            raise BadPolicy(f'period {at + 1}: it is an object with "v", and perhaps "n" (events) and "t" (seconds since 1970)')
        value, events, start = (item.get(k) for k in ("v", "n", "t"))
        made = Period(
            value=None if value is None or _not_a_number(value) else number(value, f"period {at + 1}, v"),
            events=None if events is None else number(events, f"period {at + 1}, n"),
            start=None if start is None else number(start, f"period {at + 1}, t"),
        )
        before = periods[-1].start if periods else None
        if before is not None and made.start is not None and made.start <= before:
            raise BadPolicy(
                f"period {at + 1}: its time is not after that of the one before; a series is oldest first, each period once"
            )
        periods.append(made)
    return tuple(periods)


def _not_a_number(value: object) -> bool:
    return isinstance(value, Decimal | float) and value != value  # noqa: PLR0124 - only NaN differs from itself
