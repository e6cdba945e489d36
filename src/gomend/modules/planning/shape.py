"""``gomend.plan-modules/1``: a plan for programs."""

from __future__ import annotations

from typing import Final

from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Translator
from gomend.modules.planning.changes import Change
from gomend.modules.planning.settings import Plan
from gomend.modules.planning.simulate import Cell, Cure, Table

SCHEMA: Final = "gomend.plan-modules/1"
"""Its name in ``schema``."""


class SettingShape(Thing, frozen=True):
    """One setting with its reasons and the section of the Go Modules Reference that says more."""

    name: str
    value: str
    why: tuple[str, ...]
    section: str


class ChangeShape(Thing, frozen=True):
    """What is set on this machine and what shall be; empty means go's default."""

    name: str
    before: str
    after: str
    why: tuple[str, ...]


class ExtraShape(Thing, frozen=True):
    """A line of netrc (with placeholders) or a git command."""

    kind: str
    host: str
    text: str
    why: str


class CureShape(Thing, frozen=True):
    """What an outage stops, and what would cure it."""

    outage: str
    needs: tuple[str, ...]
    cure: str


class PlanModulesShape(Thing, frozen=True):
    """The whole answer; ``outages`` is outage → need → cell."""

    schema: str
    settings: tuple[SettingShape, ...]
    changes: tuple[ChangeShape, ...]
    extras: tuple[ExtraShape, ...]
    open: tuple[str, ...]
    outages: dict[str, dict[str, Cell]]
    cures: tuple[CureShape, ...]


def shape(plan: Plan, made: tuple[Change, ...], found: Table, cures: tuple[Cure, ...], say: Translator) -> PlanModulesShape:
    """The answer in one language."""
    return PlanModulesShape(
        schema=SCHEMA,
        settings=tuple(
            SettingShape(name=line.name, value=line.value, why=tuple(say(w) for w in line.why), section=line.section)
            for line in plan.lines
        ),
        changes=tuple(
            ChangeShape(name=c.name, before=redact(c.before), after=c.after, why=tuple(say(w) for w in c.why)) for c in made
        ),
        extras=tuple(ExtraShape(kind=e.kind, host=e.host, text=e.text, why=say(e.why)) for e in plan.extras),
        open=tuple(say(said) for said in plan.open),
        outages=found,
        cures=tuple(CureShape(outage=c.outage, needs=c.needs, cure=say(c.cure)) for c in cures),
    )
