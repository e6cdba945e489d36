"""The gate: each objective's newest periods from its source, judged; whatever could not be learned is ``unknown``."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Final

import msgspec

from gomend.model.base import Thing
from gomend.model.text import Said
from gomend.slo import burn
from gomend.slo.burn import Alarm
from gomend.slo.history import Grid, Reading, Totals
from gomend.slo.judge import Judgement, judge
from gomend.slo.objective import Objective
from gomend.slo.policy import Period, Verdict

Ask = Callable[[Objective, Grid, tuple[int, ...]], Reading]
"""Reads the judged SLI of an objective: periods on a grid, and longer windows."""
ORDER: Final[tuple[Verdict, ...]] = ("pass", "insufficient", "unknown", "block")
"""From the best to the worst."""
_FIRST: Final = 30
"""Periods that are asked for first; more only if the streak at their start may go on."""
_MOST: Final = 50_000


class Baseline(Thing, frozen=True):
    """Before the deploy and after it, over the judged periods of each."""

    before: Fraction | None
    after: Fraction | None
    periods: int


class Assessment(Thing, frozen=True):
    """One objective's verdict and what stands beside it. ``reason`` adds ``problem``, ``partial`` and ``skew`` to a judgement's."""

    objective: Objective
    verdict: Verdict
    reason: str
    detail: str = ""
    judgement: Judgement | None = None
    periods: tuple[Period, ...] = ()
    end: int = 0
    """When the newest period ended, seconds since 1970."""
    spans: dict[int, Totals] = {}
    alarm: Alarm = "unknown"
    chance: float | None = None
    """One-sided binomial test over the judged periods: how probable this is for a service that keeps its objective."""
    baseline: Baseline | None = None
    notes: tuple[Said, ...] = ()

    def burn(self, window: int) -> Fraction | None:
        """The burn rate over a window."""
        allowed = self.objective.allowed
        return None if allowed is None else burn.rate(self.spans.get(window), allowed)

    @property
    def budget_left(self) -> Fraction | None:
        """Share of the window's error budget that is left; negative: overspent."""
        rate = self.burn(self.objective.window)
        return None if rate is None else 1 - rate


def unknown(objective: Objective, reason: str, detail: str) -> Assessment:
    """The verdict on what could not be read."""
    return Assessment(objective=objective, verdict="unknown", reason=reason, detail=detail)


def assess(objective: Objective, ask: Ask, now: Fraction, deploy: Fraction | None = None) -> Assessment:
    """Read and judge one objective as of ``now``, the source's own clock."""
    policy = msgspec.structs.replace(objective.policy, deploy=deploy)
    end = int(now) // objective.period * objective.period
    allowed = objective.allowed
    spans = burn.windows(objective.window) if allowed is not None else ()
    count = _wanted(objective, deploy, end)
    while True:
        reading = ask(objective, Grid(end=end, step=objective.period, count=count), spans)
        if reading.problem:
            return unknown(objective, "problem", reading.problem)
        found = judge(policy, reading.periods)
        if settled(found) or count >= _MOST or count * objective.period >= objective.window:
            break
        count = min(count * 8, _MOST, max(count + 1, objective.window // objective.period))
    verdict, reason = found.verdict, found.reason
    if verdict == "pass" and reading.partial:
        verdict, reason = "unknown", "partial"
    unasked = tuple(span for span in spans if span not in reading.spans)
    totals = {**_own_totals(reading.periods, end, objective.period, unasked), **reading.spans} if allowed else {}
    return Assessment(
        objective=msgspec.structs.replace(objective, policy=policy),
        verdict=verdict,
        reason=reason,
        judgement=found,
        periods=reading.periods,
        end=end,
        spans=totals,
        alarm=burn.alarm(totals, allowed, objective.window) if allowed else "unknown",
        chance=_chance(found, reading.periods, allowed),
        baseline=_baseline(found, reading.periods, deploy),
        notes=reading.notes,
    )


def settled(found: Judgement) -> bool:
    """Whether older periods could not change the verdict: the streak has been ended by a good period, or blocks already."""
    return found.verdict == "block" or "ok" in found.statuses or "early" in found.statuses


def overall(found: list[Assessment]) -> Verdict:
    """The worst verdict; nothing judged is no pass."""
    verdicts: list[Verdict] = [a.verdict for a in found]
    return max(verdicts, key=ORDER.index) if verdicts else "unknown"


def _wanted(objective: Objective, deploy: Fraction | None, end: int) -> int:
    policy = objective.policy
    least = max(_FIRST, 2 * (policy.need + policy.max_missing + policy.max_low))
    if deploy is not None and deploy < end:
        least = max(least, int(end - deploy) // objective.period + 1 + 2 * policy.need + 1)
    return min(least, _MOST)


def _own_totals(periods: tuple[Period, ...], end: int, step: int, spans: tuple[int, ...]) -> dict[int, Totals]:
    """The events of the windows that the periods cover wholly, from the periods themselves."""
    made: dict[int, Totals] = {}
    for span in spans:
        inside = [p for p in periods if p.start is not None and p.start >= end - span]
        if span % step or len(inside) * step < span or any(p.value is None and p.events != 0 for p in inside):
            continue
        if any(p.events is None for p in inside):
            continue
        total = sum((p.events or Fraction(0) for p in inside), Fraction(0))
        goods = [p.good if p.good is not None else (p.events or Fraction(0)) * (p.value or 0) for p in inside]
        good = sum(goods, Fraction(0))
        made[span] = Totals(bad=total - good, total=total)
    return made


def _chance(found: Judgement, periods: tuple[Period, ...], allowed: Fraction | None) -> float | None:
    """Low-traffic periods count here: together they may say what each alone does not."""
    if allowed is None:
        return None
    told = [
        (float(p.events), float(p.value))
        for s, p in zip(found.statuses, periods, strict=True)
        if s in {"ok", "bad", "low"} and p.events and p.value is not None
    ]
    total = math.fsum(events for events, _ in told)
    if not total:
        return None
    bad = math.fsum(events * (1 - value) for events, value in told)
    return burn.chance(round(bad), max(1, round(total)), allowed)


def _mean(periods: list[Period]) -> Fraction | None:
    values = [p.value for p in periods if p.value is not None]
    return sum(values, Fraction(0)) / len(values) if values else None


def _baseline(found: Judgement, periods: tuple[Period, ...], deploy: Fraction | None) -> Baseline | None:
    if deploy is None:
        return None
    before = [p for p in periods if p.start is not None and p.start < deploy and p.value is not None]
    after = [p for s, p in zip(found.statuses, periods, strict=True) if s in {"ok", "bad"}]
    return Baseline(before=_mean(before), after=_mean(after), periods=len(before))
