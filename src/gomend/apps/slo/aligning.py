"""``gomend slo align``: where teams' definitions of one SLI differ, in words and on the same data."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from gomend.apps.slo.asking import Asker
from gomend.model.base import Thing
from gomend.slo import promql
from gomend.slo.align import compare, queries, reading
from gomend.slo.align.compare import Divergence
from gomend.slo.align.meaning import Meaning
from gomend.slo.history import Grid, Reading
from gomend.slo.objective import Config, Definition, Objective, Sli
from gomend.slo.policy import Policy
from gomend.slo.sources.prometheus import BadAnswer
from gomend.slo.yamltree import spelled

_PERIOD: Final = 300


class Number(Thing, frozen=True):
    """What one definition says on the same events."""

    team: str
    value: Fraction | None
    of: str
    """``classes``: reckoned from events by class; ``query``: what its own query answers; ``none``."""
    why: str = ""
    """Why there is none."""
    as_: str = ""
    """Another reading of the definition that this is the number of, such as ``2xx/(2xx+5xx)``."""


class Aligned(Thing, frozen=True):
    """One SLI, aligned."""

    name: str
    meanings: tuple[Meaning, ...]
    divergences: tuple[Divergence, ...]
    numbers: tuple[Number, ...]
    counts: dict[str, Fraction]
    target: Fraction | None


def definitions(config: Config) -> tuple[Definition, ...]:
    """All that can be aligned: the definitions, and objectives that more than one team measures."""
    several = [
        Definition(name=o.name, slis=o.slis, objective=o, target=o.policy.objective)
        for o in config.objectives
        if len(o.slis) > 1
    ]
    return (*config.definitions, *several)


def align(one: Definition, ask: Asker) -> Aligned:
    """Normalise, compare, and reckon on the same data."""
    period = one.objective.period if one.objective else _PERIOD
    meanings = tuple(reading.meaning(sli, period) for sli in one.slis)
    counts = one.counts or _live_counts(one, ask, period)
    numbers = tuple(_number(m, sli, one, counts, ask, period) for m, sli in zip(meanings, one.slis, strict=True))
    numbers += _other_readings(meanings, counts)
    return Aligned(
        name=one.name,
        meanings=meanings,
        divergences=compare.compare(meanings, one.target is not None),
        numbers=numbers,
        counts=counts,
        target=one.target,
    )


def _other_readings(meanings: tuple[Meaning, ...], counts: dict[str, Fraction]) -> tuple[Number, ...]:
    """What a ratio without an upper end may have meant, and what most teams mean: all but server errors."""
    if not counts or not any(m.good for m in meanings):
        return ()
    made = []
    for each in meanings:
        both = each.good | each.by
        total = sum((n for c, n in counts.items() if c in both), Fraction(0))
        if each.by and total:
            good = sum((n for c, n in counts.items() if c in each.good), Fraction(0))
            names = "+".join(sorted(both))
            made.append(
                Number(team=each.team, value=good / total, of="classes", as_=f"{'+'.join(sorted(each.good))}/({names})")
            )
    total = sum(counts.values(), Fraction(0))
    if total:
        made.append(Number(team="-", value=(total - counts.get("5xx", Fraction(0))) / total, of="classes", as_="1 - 5xx/all"))
    return tuple(made)


def _objective(one: Definition, sli: Sli, period: int) -> Objective:
    return one.objective or Objective(
        name=one.name, policy=Policy(objective=one.target or Fraction(0)), slis=(sli,), judged=sli.team, period=period
    )


def _number(meaning: Meaning, sli: Sli, one: Definition, counts: dict[str, Fraction], ask: Asker, period: int) -> Number:
    if counts and (found := meaning.of(counts)) is not None:
        return Number(team=meaning.team, value=found, of="classes")
    runnable = sli
    if sli.kind == "prose":
        kind = reading.kind_of(sli.says)
        if kind != "promql" or meaning.invalid is not None:
            return Number(team=meaning.team, value=None, of="none")
        runnable = Sli(team=sli.team, kind="promql", value=sli.says)
    objective = _objective(one, runnable, period)
    answer = _asked(objective, runnable, ask, period)
    values = [p.value for p in answer.periods if p.value is not None]
    if answer.problem or not values:
        return Number(team=meaning.team, value=None, of="none", why=answer.problem)
    return Number(team=meaning.team, value=values[-1], of="query")


def _asked(objective: Objective, sli: Sli, ask: Asker, period: int) -> Reading:
    try:
        now, _ = ask.now_of(sli)
    except BadAnswer as error:
        return Reading(problem=str(error))
    grid = Grid(end=int(now) // period * period, step=period, count=6)
    return ask.read(objective, sli, grid)


def _live_counts(one: Definition, ask: Asker, period: int) -> dict[str, Fraction]:
    """Events by class from a Prometheus, where one definition's query has a label of statuses."""
    for sli in one.slis:
        if sli.kind not in {"promql", "prose"} or (sli.kind == "prose" and reading.kind_of(sli.says) != "promql"):
            continue
        source = ask.source(Sli(team=sli.team, kind="promql", source=sli.source))
        if isinstance(source, Reading):
            continue
        query = sli.says if sli.kind == "prose" else reading.joined(sli)
        try:
            found = [s for s in promql.selectors(promql.parse(query)) if any(x[0] in queries.STATUS for x in s.matchers)]
            if not found:
                continue
            label = next(x[0] for x in found[0].matchers if x[0] in queries.STATUS)
            others = ", ".join(f'{name}{op}"{value}"' for name, op, value in found[0].matchers if name != label)
            now, _ = ask.now_of(Sli(team=sli.team, kind="promql", source=sli.source))
            end = int(now) // period * period
            asked = f"sum by ({label}) (increase({found[0].metric}{{{others}}}[{spelled(period)}]))"
            told = ask.server(source).by_label(asked, label, end)
        except (promql.BadQuery, promql.NoParser, BadAnswer):
            continue
        classes: dict[str, Fraction] = {}
        for code, count in told.items():
            if code[:1] in "12345" and len(code) == 3:
                name = f"{code[0]}xx"
                classes[name] = classes.get(name, Fraction(0)) + count
        if sum(classes.values()):
            return dict(sorted(classes.items()))
    return {}
