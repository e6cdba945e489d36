"""Burn rates, the binomial test against exact sums, and that a gate which reads only the newest periods says what all of them say."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomend.slo import burn, gate
from gomend.slo.history import Grid, Reading, Totals
from gomend.slo.judge import judge
from gomend.slo.objective import Objective, Sli
from gomend.slo.policy import Period, Policy

STEP = 60
LENGTH = 300


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 400), st.data(), st.sampled_from([Fraction(1, 1000), Fraction(1, 100), Fraction(1, 10), Fraction(1, 2)]))
def test_the_binomial_tail_is_the_exact_one(total: int, data: st.DataObject, allowed: Fraction) -> None:
    bad = data.draw(st.integers(0, total))
    exact = sum(comb(total, k) * allowed**k * (1 - allowed) ** (total - k) for k in range(bad, total + 1))
    assert burn.chance(bad, total, allowed) == pytest.approx(float(exact), rel=1e-9, abs=1e-14)


def test_the_binomial_tail_of_many_events() -> None:
    million = 10**6
    assert burn.chance(1000, million, Fraction(1, 1000)) == pytest.approx(0.5, abs=0.01)
    assert burn.chance(1100, million, Fraction(1, 1000)) == pytest.approx(0.00096, rel=0.05)
    assert burn.chance(2000, million, Fraction(1, 1000)) < 1e-100
    assert burn.chance(0, million, Fraction(1, 1000)) == 1


@given(st.dictionaries(st.sampled_from([300, 1800, 3600, 21600, 259200]), st.integers(0, 1000)), st.sampled_from([7, 30]))
def test_the_alarm_is_that_of_the_workbook(bad: dict[int, int], days: int) -> None:
    """By the words: 14.4 over 1 h and 5 m, 6 over 6 h and 30 m page; 1 over 3 d and 6 h is a ticket; scaled by the window."""
    allowed, scale = Fraction(1, 100), Fraction(days, 30)
    rates = {window: Fraction(count, 1000) / allowed for window, count in bad.items()}
    table = ((3600, 300, "14.4", "page"), (21600, 1800, "6", "page"), (259200, 21600, "1", "ticket"))
    known = [(w, s, f, a) for w, s, f, a in table if w in rates and s in rates]
    expected = next(
        (a for w, s, f, a in known if min(rates[w], rates[s]) > Fraction(f) * scale), "none" if known else "unknown"
    )
    spans = {window: Totals(bad=Fraction(count), total=Fraction(1000)) for window, count in bad.items()}
    assert burn.alarm(spans, allowed, days * 86400) == expected


RUNS = st.lists(st.tuples(st.sampled_from(["ok", "bad", "missing", "low"]), st.integers(1, 90)), min_size=1, max_size=8)
POLICIES = st.builds(
    Policy,
    objective=st.just(Fraction(9, 10)),
    need=st.integers(1, 5),
    missing=st.sampled_from(["hold", "reset", "bad"]),
    max_missing=st.integers(1, 9),
    max_low=st.integers(1, 9),
    min_events=st.just(10),
)
VALUES: dict[str, Any] = {
    "ok": {"value": Fraction(1), "events": Fraction(50)},
    "bad": {"value": Fraction(1, 2), "events": Fraction(50)},
    "missing": {"value": None},
    "low": {"value": Fraction(1), "events": Fraction(2)},
}


@settings(max_examples=150, deadline=None)
@given(RUNS, POLICIES)
def test_the_newest_periods_say_what_all_of_them_say(runs: list[tuple[str, int]], policy: Policy) -> None:
    kinds = [kind for kind, count in runs for _ in range(count)][-LENGTH:]
    kinds = ["missing"] * (LENGTH - len(kinds)) + kinds
    periods = [Period(start=Fraction(at * STEP), **VALUES[kind]) for at, kind in enumerate(kinds)]
    asked: list[int] = []

    def ask(objective: Objective, grid: Grid, spans: tuple[int, ...]) -> Reading:
        asked.append(grid.count)
        return Reading(periods=tuple(periods[-grid.count :]))

    objective = Objective(
        name="a", policy=policy, slis=(Sli(team="t", kind="csv", good="g", total="t"),), window=LENGTH * STEP, period=STEP
    )
    found = gate.assess(objective, ask, Fraction(LENGTH * STEP))
    whole = judge(policy, periods)
    assert (found.verdict, found.reason) == (whole.verdict, whole.reason)
    if "ok" in kinds[-30:]:
        assert asked == [asked[0]], "one question is enough"
