"""What stands beside a verdict: burn rates over several windows, and whether few events can tell anything.

Windows and factors are those of the SRE workbook, "Alerting on SLOs", for a budget of 30 days; other budgets keep the share
of the budget that is burnt (2 %, 5 %, 10 %) and so scale the factors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Final, Literal

from gomend.model.base import Thing
from gomend.slo.history import Totals

Alarm = Literal["page", "ticket", "none", "unknown"]


class Pair(Thing, frozen=True):
    """A long and a short window that must both burn faster than ``factor`` (for a budget of 30 days)."""

    long: int
    short: int
    factor: Fraction
    alarm: Literal["page", "ticket"]


PAIRS: Final = (
    Pair(long=3600, short=300, factor=Fraction(144, 10), alarm="page"),
    Pair(long=21600, short=1800, factor=Fraction(6), alarm="page"),
    Pair(long=259200, short=21600, factor=Fraction(1), alarm="ticket"),
)
"""2 % of the budget in one hour, 5 % in six, 10 % in three days; the short window says that it still goes on."""


def scaled(pair: Pair, window: int) -> Fraction:
    """The factor of a pair for a budget of ``window`` seconds: the same share of the budget in the same time."""
    return pair.factor * Fraction(window, 30 * 86400)


def windows(window: int) -> tuple[int, ...]:
    """All windows to ask for, shortest first, the budget's own included."""
    return tuple(sorted({w for pair in PAIRS for w in (pair.long, pair.short) if w <= window} | {window}))


def rate(totals: Totals | None, allowed: Fraction) -> Fraction | None:
    """How many times too fast the budget burns; None: no events, or not known."""
    return None if totals is None or not totals.total else totals.bad / totals.total / allowed


def alarm(spans: Mapping[int, Totals], allowed: Fraction, window: int) -> Alarm:
    """The multi-window, multi-burn-rate verdict."""
    known = False
    for pair in PAIRS:
        if pair.long > window:
            continue
        rates = (rate(spans.get(pair.long), allowed), rate(spans.get(pair.short), allowed))
        if rates[0] is None or rates[1] is None:
            continue
        known = True
        if min(rates[0], rates[1]) > scaled(pair, window):
            return pair.alarm
    return "none" if known else "unknown"


def chance(bad: int, total: int, allowed: Fraction) -> float:
    """How probable so many bad events or more of ``total`` are for a service that just keeps its objective (one-sided binomial test).

    Summed in logarithms from the larger side of the tail: relative error about 1e-9 up to a thousand million events. scipy has the
    same number and costs half a second to load.
    """
    if bad <= 0:
        return 1.0
    if bad > total:
        return 0.0
    odds = math.log(allowed.numerator) - math.log(allowed.denominator - allowed.numerator)
    nothing = total * math.log1p(-float(allowed))
    upper = bad > total * allowed

    def term(k: int) -> float:
        return nothing + k * odds + math.lgamma(total + 1) - math.lgamma(k + 1) - math.lgamma(total - k + 1)

    start = bad if upper else bad - 1
    ratio = float(allowed / (1 - allowed))
    first, sum_, size, k = term(start), 0.0, 1.0, start
    while size > 1e-17 * sum_ and 0 <= k <= total:
        sum_ += size
        size *= (total - k) / (k + 1) * ratio if upper else k / ((total - k + 1) * ratio)
        k += 1 if upper else -1
    tail = min(1.0, math.exp(first) * sum_)
    return tail if upper else 1.0 - tail
