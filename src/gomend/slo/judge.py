"""Hold a series against a policy. Exact arithmetic throughout; missing data never reads as good.

The order of verdicts is: ``block`` (enough bad periods in a row, up to the newest judged one), ``unknown`` (the newest periods are
missing), ``insufficient`` (the newest periods have too few events), ``unknown`` (no period could be judged), ``pass``.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gomend.model.base import Thing
from gomend.slo.policy import Period, Policy, Status, Verdict


class Judgement(Thing, frozen=True):
    """The verdict and what it rests on. Fractions are exact."""

    verdict: Verdict
    reason: str
    """``streak``, ``missing``, ``low``, ``nothing-judged`` or ``good``."""
    statuses: tuple[Status, ...]
    limit: Fraction
    streak: int
    """Bad periods up to the newest judged one."""
    missed: int
    """Judged periods that miss the objective itself, within the limit or beyond."""
    judged: int
    before: bool = False
    """It was as bad before the deploy: blocking the release does not mend it."""
    burn: Fraction | None = None
    """Burn rate: the mean share of bad events per judged period, by the share that the objective allows (1 = exactly used up)."""
    budget_left: Fraction | None = None
    """Share of the error budget of the judged periods that is left; negative: overspent."""


def judge(policy: Policy, periods: Sequence[Period]) -> Judgement:
    """The verdict on a series, oldest period first."""
    limit = policy.limit
    statuses: tuple[Status, ...] = tuple(status(policy, period, limit) for period in periods)
    counted: list[tuple[Status, Period]] = [(s, p) for s, p in zip(statuses, periods, strict=True) if s != "early"]
    verdict, reason, streak = _verdict(policy, [s for s, _ in counted])
    judged = [p for s, p in counted if s in {"ok", "bad"}]
    values = [p.value for p in judged if p.value is not None]
    burn = _burn(policy, judged)
    return Judgement(
        verdict=verdict,
        reason=reason,
        statuses=statuses,
        limit=limit,
        streak=streak,
        missed=sum(policy.beyond(value, policy.objective) for value in values),
        judged=len(judged),
        before=verdict == "block" and _bad_before(policy, periods),
        burn=burn,
        budget_left=None if burn is None else 1 - burn,
    )


def status(policy: Policy, period: Period, limit: Fraction) -> Status:
    """Of one period alone; ``limit`` is the policy's, reckoned once."""
    if policy.deploy is not None and period.start is not None and period.start < policy.deploy + policy.settle:
        return "early"
    return _quality(policy, period, limit)


def _quality(policy: Policy, period: Period, limit: Fraction) -> Status:
    if period.value is None:
        return "missing"
    if period.events is not None and period.events < policy.min_events:
        return "low"
    return "bad" if policy.beyond(period.value, limit) else "ok"


def _verdict(policy: Policy, statuses: list[Status]) -> tuple[Verdict, str, int]:
    streak = _streak(policy, statuses)
    if streak >= policy.need:
        return "block", "streak", streak
    if _trailing(statuses, "missing") >= policy.max_missing:
        return "unknown", "missing", streak
    if _trailing(statuses, "low") >= policy.max_low:
        return "insufficient", "low", streak
    if not {"ok", "bad"} & set(statuses):
        return "unknown", "nothing-judged", streak
    return "pass", "good", streak


def _streak(policy: Policy, statuses: list[Status]) -> int:
    """Bad periods from the newest one back; what says nothing is passed over."""
    count = 0
    for found in reversed(statuses):
        if found == "bad" or (found == "missing" and policy.missing == "bad"):
            count += 1
        elif found == "ok" or (found == "missing" and policy.missing == "reset"):
            break
    return count


def _trailing(statuses: list[Status], wanted: Status) -> int:
    return next((at for at, found in enumerate(reversed(statuses)) if found != wanted), len(statuses))


def _bad_before(policy: Policy, periods: Sequence[Period]) -> bool:
    """Whether the periods before the deploy would have blocked too."""
    if policy.deploy is None:
        return False
    earlier: list[Status] = [
        _quality(policy, p, policy.limit) for p in periods if p.start is not None and p.start < policy.deploy
    ]
    return _streak(policy, earlier) >= policy.need


def _burn(policy: Policy, judged: list[Period]) -> Fraction | None:
    """Only a share has a budget: an objective between 0 and 1, better higher. Weighted by events where all periods have them."""
    if policy.better != "higher" or not 0 < policy.objective < 1 or not judged:
        return None
    weights = [p.events or Fraction(0) for p in judged]
    if any(p.events is None for p in judged) or not any(weights):
        weights = [Fraction(1)] * len(judged)
        goods = [p.value or Fraction(0) for p in judged]
    else:
        goods = [p.good if p.good is not None else w * (p.value or 0) for w, p in zip(weights, judged, strict=True)]
    total, good = sum(weights, Fraction(0)), sum(goods, Fraction(0))
    return (total - good) / total / (1 - policy.objective)


def decimal(value: Fraction, places: int = 30) -> str:
    """A fraction as a decimal without trailing zeros: exact if it ends within ``places``, else cut there."""
    sign, value = ("-", -value) if value < 0 else ("", value)
    scaled = str(value.numerator * 10**places // value.denominator).rjust(places + 1, "0")
    digits = scaled[len(scaled) - places :].rstrip("0")
    return f"{sign}{scaled[: len(scaled) - places]}" + (f".{digits}" if digits else "")
