"""Where definitions of one SLI differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gomend.model.base import Thing
from gomend.model.text import Said, Text, say, text
from gomend.slo.align.meaning import CLASSES, Meaning
from gomend.slo.units import FACTORS, factor
from gomend.slo.yamltree import spelled

_UNBOUNDED: Final = text("sloalign.unbounded", "{team}: {good}/{by} is not in [0, 1]: 0 bad events make it infinite")
_GOOD_SET: Final = text("sloalign.good-set", "{classes}: {sides}")
_GOOD: Final = text("sloalign.side.good", "good for {team}")
_BAD: Final = text("sloalign.side.bad", "bad for {team}")
_OUT: Final = text("sloalign.side.out", "not counted by {team}")
_DIFFERS: Final[dict[str, Text]] = {
    "population": text("sloalign.population", "they count different things: {sides}"),
    "place": text("sloalign.place", "they measure at different places: {sides}"),
    "statistic": text("sloalign.statistic", "they state different numbers of the same values: {sides}"),
    "unit": text("sloalign.unit", "they measure in different units: {sides}"),
    "window": text("sloalign.window", "they look at different lengths of time: {sides}"),
}
_SAMPLING: Final = text("sloalign.sampling", "{team} sees a sample, not all events")
_CUMULATIVE: Final = text("sloalign.cumulative", "{team} counts since a start or a truncate, not over a window")
_INVALID: Final = text("sloalign.invalid", "{team}: {why}")
_NO_OBJECTIVE: Final = text("sloalign.no-objective", "{teams}: no objective is stated, so nothing can be kept or missed")
_NOT_CONVERTIBLE: Final = text("sloalign.not-convertible", "{sides}: nothing turns one into the other without further data")
_WEIGHTING: Final = text("sloalign.weighting", "{team} gives each {what} the same weight, however many events it had")
WHAT: Final = {
    "digest": text("sloalign.what.digest", "kind of statement"),
    "series": text("sloalign.what.series", "series"),
    "window": text("sloalign.what.window", "moment"),
}
"""What has the same weight."""


class Divergence(Thing, frozen=True):
    """One difference, with a stable code."""

    code: str
    said: Said
    teams: tuple[str, ...]
    parts: tuple[Said, ...] = ()
    """Texts that stand in ``said`` where it says ``{sides}`` or ``{why}``."""
    replacement: str = ""


def compare(meanings: Sequence[Meaning], objective: bool) -> tuple[Divergence, ...]:
    """All differences, those that make a definition useless first; ``objective``: one is stated for all."""
    found: list[Divergence] = []
    for each in meanings:
        if each.invalid is not None:
            found.append(_one("INVALID_QUERY", say(_INVALID, team=each.team, why="{why}"), each, (each.invalid,)))
        if each.by:
            good, by = ("+".join(sorted(s)) for s in (each.good, each.by))
            found.append(_one("RANGE_UNBOUNDED", say(_UNBOUNDED, team=each.team, good=good, by=by), each))
    found += _good_sets(meanings)
    for field, code in (
        ("population", "POPULATION_DIFFERS"), ("place", "PLACE_DIFFERS"), ("statistic", "STATISTIC_DIFFERS"), ("window", "WINDOW_DIFFERS"),
    ):  # fmt: skip
        found += _field(meanings, field, code, _spell if field == "window" else str)
    found += _units(meanings)
    for each in meanings:
        if each.sampled and any(m.sampled is not True for m in meanings if m is not each):
            found.append(_one("SAMPLING_DIFFERS", say(_SAMPLING, team=each.team), each))
        if each.cumulative:
            found.append(_one("CUMULATIVE", say(_CUMULATIVE, team=each.team), each))
        if each.weighting:
            found.append(
                _one("WEIGHTING_DIFFERS", say(_WEIGHTING, team=each.team, what="{why}"), each, (say(WHAT[each.weighting]),))
            )
    silent = tuple(m.team for m in meanings if not m.objective)
    if silent and not objective:
        found.append(Divergence(code="NO_OBJECTIVE", said=say(_NO_OBJECTIVE, teams=", ".join(silent)), teams=silent))
    return tuple(found)


def _spell(seconds: object) -> str:
    return spelled(int(str(seconds)))


def _one(code: str, said: Said, meaning: Meaning, parts: tuple[Said, ...] = ()) -> Divergence:
    return Divergence(code=code, said=said, teams=(meaning.team,), parts=parts, replacement=meaning.replacement)


def _field(meanings: Sequence[Meaning], field: str, code: str, shown: Callable[[object], str]) -> list[Divergence]:
    told = [(m.team, getattr(m, field)) for m in meanings if getattr(m, field)]
    if len({value for _, value in told}) < 2:
        return []
    sides = ", ".join(f"{team} {shown(value)}" for team, value in told)
    return [Divergence(code=code, said=say(_DIFFERS[field], sides=sides), teams=tuple(team for team, _ in told))]


def _units(meanings: Sequence[Meaning]) -> list[Divergence]:
    found = _field(meanings, "unit", "UNIT_DIFFERS", str)
    told = [(m.team, m.unit) for m in meanings if m.unit]
    apart = [
        (one, other)
        for at, one in enumerate(told)
        for other in told[at + 1 :]
        if one[1] != other[1] and (one[1] not in FACTORS or other[1] not in FACTORS or factor(one[1], other[1]) is None)
    ]
    if apart:
        teams = tuple(dict.fromkeys(team for pair in apart for team, _ in pair))
        sides = ", ".join(f"{team} {unit}" for team, unit in told if team in teams)
        found.append(Divergence(code="NOT_CONVERTIBLE", said=say(_NOT_CONVERTIBLE, sides=sides), teams=teams))
    return found


def _good_sets(meanings: Sequence[Meaning]) -> list[Divergence]:
    """Classes that two teams treat differently, those that are treated alike together."""
    told = [m for m in meanings if m.share]
    if len(told) < 2:
        return []
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in CLASSES[1:]:
        sides = tuple(_side(m, name) for m in told)
        if len(set(sides)) > 1:
            groups.setdefault(sides, []).append(name)
    found = []
    for sides, names in groups.items():
        words = {"good": _GOOD, "bad": _BAD, "out": _OUT}
        parts = tuple(say(words[side], team=m.team) for side, m in zip(sides, told, strict=True))
        said = say(_GOOD_SET, classes=" ".join(names), sides="{sides}")
        found.append(Divergence(code="GOOD_SET_DIFFERS", said=said, teams=tuple(m.team for m in told), parts=parts))
    return found


def _side(meaning: Meaning, name: str) -> str:
    if name in meaning.good:
        return "good"
    if name in meaning.excluded or (meaning.by and name not in meaning.by):
        return "out"
    return "bad"
