"""Every rule's examples are its tests: verdict, fix → silent, fix twice = no change, unknown facts → undetermined."""

from __future__ import annotations

import anyio
import msgspec
import pytest

from gomend.apps import registry
from gomend.engine.gather import gather
from gomend.engine.plan import make_plan
from gomend.model.facts import Fact, Unknown
from gomend.model.outcome import Verdict, VerdictKind
from gomend.model.rule import HEADINGS, Example, Rule
from gomend.ports.memory import World, scope_of
from tests.rules.pretend import pretend

RULES = registry.select()
EXAMPLES = [pytest.param(rule, example, id=f"{rule.code}-{example.name}") for rule in RULES for example in rule.examples]


def judge(rule: Rule, example: Example, world: World) -> Verdict:
    """Collect the rule's facts in the example's world and judge."""
    known = {type(fact): fact for fact in example.facts}
    wanted: set[type[Fact]] = set(rule.facts | rule.fix_facts)
    for fact in wanted:
        if fact.__name__ in example.without:
            known[fact] = example.without[fact.__name__]
    answers = anyio.run(lambda: gather(wanted, scope_of(example), world.doors(), known=known))
    return rule.judge(answers)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_example(rule: Rule, example: Example) -> None:
    verdict = judge(rule, example, World(example))
    assert verdict.kind is example.expect, verdict
    if example.subject is not None:
        assert example.subject in [f.subject.name for f in verdict.findings]
    assert len({f.fingerprint for f in verdict.findings}) == len(verdict.findings)


@pytest.mark.parametrize(("rule", "example"), [p for p in EXAMPLES if p.values[1].expect is VerdictKind.FINDING])
def test_fix_silences_the_rule_and_then_has_nothing_left_to_do(rule: Rule, example: Example) -> None:
    """Facts given ready made cannot change here; such fixes are proved on real projects in ``tests/real``."""
    world = World(example)
    verdict = judge(rule, example, world)
    fixes = [fix for f in verdict.findings for fix in f.fixes[:1] if fix.steps]
    steps = list(make_plan(verdict.findings, unsafe=True).steps)
    fixable = all(any(fix.steps for fix in f.fixes) for f in verdict.findings)
    if not steps or not fixable or not all(pretend(world, step) for step in steps):
        assert all(isinstance(fix.title.english, str) for fix in fixes)
        return
    before = dict(world.files)
    after = judge(rule, example, world)
    assert after.kind is not VerdictKind.FINDING, after.findings
    assert world.files == before


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.code)
def test_rule_is_whole(rule: Rule) -> None:
    kinds = [e.expect for e in rule.examples]
    assert len(kinds) >= 3
    assert VerdictKind.FINDING in kinds
    assert VerdictKind.CLEAN in kinds
    assert set(kinds) & {VerdictKind.UNDETERMINED, VerdictKind.NOT_APPLICABLE}
    assert list(rule.sections) == list(HEADINGS)
    assert rule.headline.english.endswith(".")
    assert msgspec.json.encode(rule.examples)


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.code)
def test_unknown_facts_never_read_as_clean(rule: Rule) -> None:
    required = [need.fact for need in rule.needs if not need.takes_unknown]
    verdict = rule.judge({fact: Unknown(reason="not collected in this test") for fact in required})
    assert verdict.kind is VerdictKind.UNDETERMINED
