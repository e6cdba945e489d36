"""The answer of ``gomend slo gate``, for machines and for people."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Final

from gomend.apps.slo import judging
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Translator, text
from gomend.slo import burn, gate
from gomend.slo.gate import Assessment
from gomend.slo.judge import decimal
from gomend.slo.overrides import Override
from gomend.slo.yamltree import spelled

_HEAD: Final = {
    "pass": text("slogate.head.pass", "pass: {count} of {all} objectives are kept"),
    "block": text("slogate.head.block", "block: {count} of {all} objectives block this release"),
    "unknown": text("slogate.head.unknown", "unknown: {count} of {all} objectives could not be judged, and that is no pass"),
    "insufficient": text("slogate.head.insufficient", "insufficient: {count} of {all} objectives have too few events"),
}
_OVERRIDDEN: Final = text(
    "slogate.overridden", "let through by {who} until {until}: {reason} ({file}, commit {commit}, signature verified)"
)
_LINE: Final = text("slogate.line", "{verdict}: {reason}")
_PROBLEM: Final = text("slogate.reason.problem", "its source did not answer the question: {detail}")
_PARTIAL: Final = text("slogate.reason.partial", "its source says that its answer may lack data")
_SKEW: Final = text(
    "slogate.reason.skew", "the server's clock is {detail} off ours: the deploy cannot be laid on its series (set both by NTP)"
)
_BURN: Final = text("slogate.burn", "burn rate {rates}; alarm by the SRE workbook's windows: {alarm}")
_BUDGET: Final = text("slogate.budget", "{left} % of the error budget of {window} is left")
_ALARMS: Final = {
    "page": text("slogate.alarm.page", "page"),
    "ticket": text("slogate.alarm.ticket", "ticket"),
    "none": text("slogate.alarm.none", "none"),
    "unknown": text("slogate.alarm.unknown", "not known"),
}
_CHANCE: Final = text(
    "slogate.chance", "a service that keeps its objective has so many bad events or more with a probability of {chance}"
)
_BASELINE: Final = text("slogate.baseline", "mean before the deploy {before} ({periods} periods), after it {after}")
_MARK: Final = {"pass": "✓", "block": "✗", "unknown": "?", "insufficient": "-"}


class OverrideShape(Thing, frozen=True):
    """A signed entry that lets an objective through."""

    by: str
    reason: str
    expires: str
    commit: str
    file: str


class ObjectiveShape(Thing, frozen=True):
    """One objective's verdict. Numbers are decimals as texts; null: not known, or there is none of that kind."""

    name: str
    verdict: str
    reason: str
    reason_code: str
    statuses: tuple[str, ...] = ()
    owner: str = ""
    service: str = ""
    team: str = ""
    objective: str = ""
    limit: str | None = None
    latest: str | None = None
    streak: int = 0
    burn_rates: dict[str, str] = {}
    budget_left: str | None = None
    alarm: str = "unknown"
    chance: float | None = None
    before_deploy: str | None = None
    after_deploy: str | None = None
    warnings: tuple[str, ...] = ()
    override: OverrideShape | None = None


class GateShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend slo gate``. ``verdict`` is what the exit code says: an override changes it, and never an objective's own."""

    schema_: str
    verdict: str
    objectives: tuple[ObjectiveShape, ...]
    deploy: str | None = None


def shape(found: list[Assessment], overrides: dict[str, Override], deploy: Fraction | None, say: Translator) -> GateShape:
    """The answer for machines."""
    return GateShape(
        schema_="gomend.slo-gate/1",
        verdict=verdict(found, overrides),
        objectives=tuple(_objective(a, overrides.get(a.objective.name), say) for a in found),
        deploy=None if deploy is None else stamp(deploy),
    )


def verdict(found: list[Assessment], overrides: dict[str, Override]) -> str:
    """The worst verdict of those that no override lets through."""
    held = [a for a in found if a.objective.name not in overrides]
    return gate.overall(held) if held or not found else "pass"


def stamp(at: Fraction) -> str:
    """A moment in ISO 8601, UTC."""
    return dt.datetime.fromtimestamp(float(at), dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def line(found: Assessment, say: Translator) -> str:
    """The verdict and why."""
    return say(_LINE, verdict=say(judging.VERDICTS[found.verdict]), reason=reason(found, say))


def reason(found: Assessment, say: Translator) -> str:
    """Why the verdict is what it is."""
    words = {"problem": _PROBLEM, "partial": _PARTIAL, "skew": _SKEW}.get(found.reason)
    if words is not None:
        return say(words, detail=redact(found.detail)) if words.fields else say(words)
    return judging.reason(found.objective.policy, found.judgement, say) if found.judgement else found.reason


def _short(value: Fraction | None, places: int = 6) -> str | None:
    return None if value is None else decimal(value, places)


def _objective(found: Assessment, override: Override | None, say: Translator) -> ObjectiveShape:
    policy, judgement = found.objective.policy, found.judgement
    rates = {spelled(w): found.burn(w) for w in burn.windows(found.objective.window)}
    values = [p.value for p in found.periods if p.value is not None]
    return ObjectiveShape(
        name=found.objective.name,
        verdict=found.verdict,
        reason=reason(found, say),
        reason_code=found.reason,
        statuses=judgement.statuses if judgement else (),
        owner=found.objective.owner,
        service=found.objective.service,
        team=found.objective.sli.team,
        objective=decimal(policy.objective),
        limit=decimal(policy.limit),
        latest=_short(values[-1] if values else None),
        streak=judgement.streak if judgement else 0,
        burn_rates={name: decimal(rate, 3) for name, rate in rates.items() if rate is not None},
        budget_left=_short(found.budget_left),
        alarm=found.alarm,
        chance=found.chance,
        before_deploy=_short(found.baseline.before if found.baseline else None),
        after_deploy=_short(found.baseline.after if found.baseline else None),
        warnings=(*(judging.warnings(policy, judgement, say) if judgement else ()), *(say(n) for n in found.notes)),
        override=None
        if override is None
        else OverrideShape(
            by=override.by, reason=override.reason, expires=override.expires, commit=override.commit, file=override.file
        ),
    )


def told(found: list[Assessment], overrides: dict[str, Override], say: Translator) -> str:
    """The answer for people."""
    final = verdict(found, overrides)
    count = sum(a.verdict == final for a in found if a.objective.name not in overrides)
    lines = [say(_HEAD[final], count=count if final != "pass" else len(found) - len(overrides), all=len(found)), ""]
    width = max((len(a.objective.name) for a in found), default=0)
    for each in found:
        name = each.objective.name.ljust(width)
        lines.append(f"  {_MARK[each.verdict]} {name}  {line(each, say)}")
        lines += [f"      {line}" for line in _beside(each, say)]
        if (override := overrides.get(each.objective.name)) is not None:
            lines.append(
                "      → "
                + say(
                    _OVERRIDDEN,
                    who=override.by,
                    until=override.expires,
                    reason=override.reason,
                    file=override.file,
                    commit=override.commit[:12],
                )
            )
    if any(a.judgement for a in found):
        lines += ["", f"  {say(judging.LEGEND)}"]
    return "\n".join(lines) + "\n"


def _beside(found: Assessment, say: Translator) -> list[str]:
    judgement, policy = found.judgement, found.objective.policy
    if judgement is None:
        return []
    limit = say(judging.LIMIT, objective=decimal(policy.objective), limit=decimal(policy.limit, 8))
    lines = [f"[{judging.marks(judgement.statuses[-60:])}]", limit]
    rates = [(spelled(w), found.burn(w)) for w in burn.windows(found.objective.window)]
    if shown := [f"{name} {decimal(rate, 2)}" for name, rate in rates if rate is not None]:
        lines.append(say(_BURN, rates=", ".join(shown), alarm=say(_ALARMS[found.alarm])))
    if found.budget_left is not None:
        lines.append(say(_BUDGET, left=decimal(found.budget_left * 100, 1), window=spelled(found.objective.window)))
    if found.chance is not None and found.chance < 0.5:
        lines.append(say(_CHANCE, chance=f"{found.chance:.2g}" if found.chance else "< 1e-300"))
    base = found.baseline
    if base is not None and base.before is not None and base.after is not None:
        lines.append(say(_BASELINE, before=decimal(base.before, 6), periods=base.periods, after=decimal(base.after, 6)))
    return lines + [f"! {line}" for line in (*judging.warnings(policy, judgement, say), *(say(n) for n in found.notes))]
