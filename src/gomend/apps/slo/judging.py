"""``gomend slo judge``: a series against a policy."""

from __future__ import annotations

from typing import Final

from gomend.apps.cli import base
from gomend.apps.exits import Exit
from gomend.apps.slo import reading
from gomend.model.base import Thing
from gomend.model.decimals import BadNumber
from gomend.model.text import Translator, text
from gomend.slo import judge as judging
from gomend.slo import policy as policies
from gomend.slo.judge import Judgement, decimal
from gomend.slo.policy import Policy, Status

_BAD: Final = text("slojudge.bad", "{path}: {reason}")
VERDICTS: Final = {
    "pass": text("slojudge.pass", "pass"),
    "block": text("slojudge.block", "block"),
    "unknown": text("slojudge.unknown", "unknown"),
    "insufficient": text("slojudge.insufficient", "insufficient"),
}
"""The word for each verdict."""
_REASONS: Final = {
    "streak": text("slojudge.reason.streak", "{streak} bad periods up to the newest judged one; {need} block"),
    "missing": text("slojudge.reason.missing", "the newest {most} periods or more have no value: that is not good news"),
    "low": text("slojudge.reason.low", "the newest {most_low} periods or more have fewer than {events} events"),
    "nothing-judged": text("slojudge.reason.nothing", "no period could be judged"),
    "good": text("slojudge.reason.good", "{judged} periods judged, {streak} bad at the end; {need} would block"),
}
_MISSED: Final = text(
    "slojudge.warn.missed",
    "{missed} of {judged} judged periods miss the objective {objective} itself; the limit, {limit}, is {margin} further",
)
_BURN: Final = text("slojudge.warn.burn", "the error budget is spent {burn} times as fast as the objective allows")
_BLIND: Final = text(
    "slojudge.warn.blind",
    "this limit is passed only when the error budget burns {rate} times too fast; mode budget sees it earlier",
)
_BEFORE: Final = text("slojudge.warn.before", "it was as bad before the deploy: taking the release back does not mend it")
_NEGATIVE: Final = text("slojudge.warn.negative", "the limit is {limit}: nothing is ever beyond it")
LIMIT: Final = text("slojudge.limit", "objective {objective}, limit {limit}")
_MARKS: Final[dict[Status, str]] = {"ok": "·", "bad": "✗", "missing": "?", "low": "-", "early": " "}
LEGEND: Final = text(
    "slojudge.legend", "oldest to newest: · good, ✗ bad, ? no value, - too few events, blank: before the deploy settled"
)
_BLINDNESS: Final = 20
"""Burn rate at the limit above which a mode hardly sees anything; the SRE workbook pages at 14.4 over an hour."""


class SloShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend slo judge``."""

    schema_: str
    verdict: str
    statuses: tuple[str, ...]
    limit: str
    warnings: tuple[str, ...]
    reason: str = ""
    streak: int = 0
    burn_rate: str | None = None
    budget_left: str | None = None


def judge(policy_file: str, series_file: str) -> tuple[Policy, Judgement]:
    """Read both files and judge.

    Raises:
        Problem: a file cannot be read, or says something that cannot be judged.
    """
    path = policy_file
    try:
        policy = policies.policy(reading.json_file(path))
        path = series_file
        series = policies.series(reading.json_file(path))
    except BadNumber as error:
        raise base.Problem(_BAD, path=path, reason=str(error)) from None
    return policy, judging.judge(policy, series)


def shape(policy: Policy, found: Judgement, say: Translator) -> SloShape:
    """The answer for machines."""
    return SloShape(
        schema_="gomend.slo/1",
        verdict=found.verdict,
        statuses=found.statuses,
        limit=decimal(found.limit),
        warnings=warnings(policy, found, say),
        reason=reason(policy, found, say),
        streak=found.streak,
        burn_rate=None if found.burn is None else decimal(found.burn, 6),
        budget_left=None if found.budget_left is None else decimal(found.budget_left, 6),
    )


def warnings(policy: Policy, found: Judgement, say: Translator) -> tuple[str, ...]:
    """What the verdict alone does not say."""
    said = []
    if found.missed:
        said.append(
            say(
                _MISSED,
                missed=found.missed,
                judged=found.judged,
                objective=decimal(policy.objective),
                limit=decimal(found.limit),
                margin=decimal(abs(found.limit - policy.objective), 6),
            )
        )
    if found.burn is not None and found.burn > 1:
        said.append(say(_BURN, burn=decimal(found.burn, 2)))
    if policy.better == "higher" and 0 < policy.objective < 1:
        rate = (1 - found.limit) / (1 - policy.objective)
        if found.limit <= 0:
            said.append(say(_NEGATIVE, limit=decimal(found.limit)))
        elif rate > _BLINDNESS:
            said.append(say(_BLIND, rate=decimal(rate, 1)))
    if found.before:
        said.append(say(_BEFORE))
    return tuple(said)


def reason(policy: Policy, found: Judgement, say: Translator) -> str:
    """Why the verdict is what it is."""
    return say(
        _REASONS[found.reason],
        streak=found.streak,
        need=policy.need,
        most=policy.max_missing,
        most_low=policy.max_low,
        events=policy.min_events,
        judged=found.judged,
    )


def marks(statuses: tuple[Status, ...]) -> str:
    """One sign a period, as :data:`LEGEND` explains them."""
    return "".join(_MARKS[s] for s in statuses)


def told(policy: Policy, found: Judgement, say: Translator) -> str:
    """The answer for people."""
    lines = [
        f"{say(VERDICTS[found.verdict])}: {reason(policy, found, say)}",
        "",
        f"  {say(LIMIT, objective=decimal(policy.objective), limit=decimal(found.limit))}",
        f"  [{marks(found.statuses)}]  {say(LEGEND)}",
    ]
    lines += [f"  ! {line}" for line in warnings(policy, found, say)]
    return "\n".join(lines) + "\n"


EXITS: Final[dict[str, Exit]] = {
    "pass": Exit.CLEAN,
    "block": Exit.FINDINGS,
    "unknown": Exit.UNDETERMINED,
    "insufficient": Exit.UNDETERMINED,
}
"""Verdict → exit code: only a pass is 0."""
