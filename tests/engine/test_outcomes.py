"""What becomes of plans: proved, still-present with no-op fixes, rolled back, partly, undetermined."""

from __future__ import annotations

import anyio
import msgspec
import pytest

from gomend.apps import registry
from gomend.engine.apply import Site, verify
from gomend.engine.check import Report, judge
from gomend.engine.gather import Answers, gather
from gomend.engine.plan import make_plan
from gomend.model.base import Cost
from gomend.model.outcome import Outcome, OutcomeKind, Plan, VerdictKind
from gomend.model.rule import Example, Rule
from gomend.ports.memory import World, scope_of
from tests.rules.pretend import pretend

FIXABLE = [
    pytest.param(rule, example, id=f"{rule.code}-{example.name}")
    for rule in registry.select()
    for example in rule.examples
    if example.expect is VerdictKind.FINDING and rule.fixes
]


def first_look(rule: Rule, example: Example, world: World) -> tuple[Report, Answers, Plan]:
    known = {type(fact): fact for fact in example.facts}
    wanted = rule.facts | rule.fix_facts
    for fact in wanted:
        if fact.__name__ in example.without:
            known[fact] = example.without[fact.__name__]
    answers = anyio.run(lambda: gather(wanted, scope_of(example), world.doors(), known=known))
    report = judge([rule], answers, depth=Cost.DEEP)
    return report, answers, make_plan(report.findings, unsafe=True)


def second_look(rule: Rule, example: Example, world: World, report: Report, answers: Answers, plan: Plan) -> Outcome:
    site = Site(scope=scope_of(example), state="", rules=(rule,), depth=Cost.DEEP)

    async def same(scope: object) -> object:
        return scope

    given = {type(fact): fact for fact in example.facts}
    fixed = {f: a for f, a in answers.items() if f in given or f.__name__ in example.without}

    async def look() -> Outcome:
        return await verify(plan, site, report, fixed, world.doors(), rescope=same)  # type: ignore[arg-type]

    return anyio.run(look)


@pytest.mark.parametrize(("rule", "example"), FIXABLE)
def test_a_fix_that_does_nothing_is_never_proved(rule: Rule, example: Example) -> None:
    """Every fix replaced by a no-op: the outcome is still-present, for every rule."""
    world = World(example)
    report, answers, plan = first_look(rule, example, world)
    if not plan.steps:
        assert all(not fix.steps for f in report.findings for fix in f.fixes)
        return
    nothing = msgspec.structs.replace(plan, steps=(), id="no-op")
    outcome = second_look(rule, example, world, report, answers, nothing)
    assert outcome.kind is OutcomeKind.STILL_PRESENT
    assert set(outcome.after) == set(plan.findings)


@pytest.mark.parametrize(("rule", "example"), FIXABLE)
def test_a_fix_that_is_done_is_proved(rule: Rule, example: Example) -> None:
    world = World(example)
    report, answers, plan = first_look(rule, example, world)
    touched_given = {type(f) for f in example.facts}
    if not plan.steps or touched_given or plan.unmended or not all(pretend(world, step) for step in plan.steps):
        # proved on real machines instead (tests/<chapter>)
        return
    outcome = second_look(rule, example, world, report, answers, plan)
    assert outcome.kind is OutcomeKind.PROVED, outcome
