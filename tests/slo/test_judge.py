"""The judgement against recorded cases, and against a slow oracle that was written apart from it."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal, getcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomend.slo import judge, policy

DATA = Path(__file__).parent / "data"
CASES = json.loads((DATA / "slo_cases.json").read_text())["cases"]


def gomend(tmp_path: Path, rules: object, series: object, *more: str) -> subprocess.CompletedProcess[str]:
    for name, value in (("policy.json", rules), ("series.json", series)):
        (tmp_path / name).write_text(value if isinstance(value, str) else json.dumps(value))
    words = ["slo", "judge", "--policy", str(tmp_path / "policy.json"), "--series", str(tmp_path / "series.json"), *more]
    return subprocess.run([sys.executable, "-m", "gomend", *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_recorded_cases(case: dict[str, Any], tmp_path: Path) -> None:
    done = gomend(tmp_path, case["policy"], case["series"], "--format", "json")
    answer = json.loads(done.stdout)
    assert answer["schema"] == "gomend.slo/1"
    assert {k: answer[k] for k in case["expect"]} == case["expect"]
    assert done.returncode == {"pass": 0, "block": 1, "unknown": 4, "insufficient": 4}[answer["verdict"]]


def oracle(rules: dict[str, Any], series: list[dict[str, Any]]) -> tuple[str, list[str]]:
    """By the words of the specification, with decimals of fifty digits and no shortcut."""
    getcontext().prec = 50
    objective, margin = Decimal(rules["objective"]), Decimal(rules.get("margin", "0.10"))
    higher = rules.get("better", "higher") == "higher"
    mode = rules.get("mode", "relative")
    sign = -1 if higher else 1
    if mode == "absolute":
        limit = objective + sign * margin
    elif mode == "budget" and higher:
        limit = 1 - (1 - objective) * (1 + margin)
    else:
        limit = objective * (1 + sign * margin)
    statuses = []
    for period in series:
        if period["v"] is None:
            statuses.append("missing")
        elif "n" in period and period["n"] < rules.get("min_events", 0):
            statuses.append("low")
        else:
            value = Decimal(str(period["v"]))
            statuses.append("bad" if (value < limit if higher else value > limit) else "ok")
    policy_missing = rules.get("missing", "hold")
    # every suffix is tried as a streak: only bad ones (or what is passed over) may stand in it
    streak = 0
    for start in range(len(statuses)):
        part = statuses[start:]
        counts = {"bad": 1, "low": 0, "ok": None, "missing": {"hold": 0, "reset": None, "bad": 1}[policy_missing]}
        if all(counts[s] is not None for s in part):
            streak = max(streak, sum(counts[s] or 0 for s in part))
    tail = "".join(s[0] for s in statuses)
    missing, low = (len(tail) - len(tail.rstrip(letter)) for letter in "ml")
    if streak >= rules.get("need", 3):
        return "block", statuses
    if missing >= rules.get("max_missing", 3):
        return "unknown", statuses
    if low >= rules.get("max_low", 6):
        return "insufficient", statuses
    return ("pass" if "ok" in statuses or "bad" in statuses else "unknown"), statuses


DECIMALS = st.integers(0, 10_000).map(lambda n: str(Decimal(n) / 10_000))
RULES = st.fixed_dictionaries(
    {"objective": st.integers(1, 9_999).map(lambda n: str(Decimal(n) / 10_000))},
    optional={
        "mode": st.sampled_from(["relative", "budget", "absolute"]),
        "margin": st.integers(0, 3000).map(lambda n: str(Decimal(n) / 10_000)),
        "better": st.sampled_from(["higher", "lower"]),
        "need": st.integers(1, 5),
        "missing": st.sampled_from(["hold", "reset", "bad"]),
        "max_missing": st.integers(1, 5),
        "min_events": st.integers(0, 50),
        "max_low": st.integers(1, 6),
    },
)


@st.composite
def situations(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Values lie anywhere, and often exactly on the limit or one step beside it."""
    rules = draw(RULES)
    limit = judge.decimal(policy.policy(rules).limit)
    step = Decimal("1e-12")
    values = st.one_of(
        DECIMALS,
        st.none(),
        st.sampled_from([limit, str(Decimal(limit) + step), str(Decimal(limit) - step), rules["objective"]]),
    )
    periods = st.fixed_dictionaries({"v": values}, optional={"n": st.integers(0, 60)})
    return rules, draw(st.lists(periods, max_size=14))


@settings(max_examples=800, deadline=None)
@given(situations())
def test_verdicts_and_statuses_are_those_of_the_oracle(situation: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    rules, series = situation
    found = judge.judge(policy.policy(rules), policy.series(series))
    assert (found.verdict, list(found.statuses)) == oracle(rules, series)


@settings(max_examples=200, deadline=None)
@given(situations(), st.integers(0, 14))
def test_a_value_that_goes_away_never_turns_into_a_pass_of_an_empty_end(
    situation: tuple[dict[str, Any], list[dict[str, Any]]], newest: int
) -> None:
    """As many of the newest periods missing as the policy bears: never a pass."""
    rules, series = situation
    most = rules.get("max_missing", 3)
    silent = [*series[:newest], *({"v": None} for _ in range(most))]
    assert judge.judge(policy.policy(rules), policy.series(silent)).verdict in {"block", "unknown"}


def test_only_periods_after_the_deploy_has_settled_count() -> None:
    rules = {"objective": "0.99", "mode": "budget", "deploy": 1000, "settle": 120}
    series = [{"v": "0.5", "t": t} for t in (700, 760, 820, 1000, 1060)] + [{"v": "0.999", "t": 1120}]
    found = judge.judge(policy.policy(rules), policy.series(series))
    assert (found.verdict, found.statuses) == ("pass", ("early",) * 5 + ("ok",))
    bad = [*series[:5], *({"v": "0.5", "t": t} for t in (1120, 1180, 1240))]
    found = judge.judge(policy.policy(rules), policy.series(bad))
    assert (found.verdict, found.before) == ("block", True), "it was as bad before"
    good_before = [{"v": "0.999", "t": t} for t in (700, 760, 820)] + bad[5:]
    assert judge.judge(policy.policy(rules), policy.series(good_before)).before is False


def test_the_burn_rate_is_weighted_by_events() -> None:
    found = judge.judge(policy.policy({"objective": "0.9"}), policy.series([{"v": "0.8", "n": 300}, {"v": "1", "n": 100}]))
    assert judge.decimal(found.burn or 0) == "1.5"  # type: ignore[arg-type]
    assert judge.decimal(found.budget_left or 0) == "-0.5"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rules", "series", "says"),
    [
        ("[]", [], "objective"),
        ({}, [], "objective"),
        ({"objective": "99.9", "mode": "budget"}, [], "0.999"),
        ({"objective": "0.9", "modus": "budget"}, [], "modus"),
        ({"objective": "x"}, [], "objective"),
        ({"objective": True}, [], "objective"),
        ({"objective": "1e999999"}, [], "objective"),
        ({"objective": "0.9", "need": 0}, [], "need"),
        ({"objective": "0.9", "missing": "ignore"}, [], "missing"),
        ({"objective": "0.9"}, {}, "list"),
        ({"objective": "0.9"}, [{"n": 3}], "period 1"),
        ({"objective": "0.9"}, [{"v": "1"}, {"v": "one"}], "period 2"),
        ({"objective": "0.9"}, [{"v": 1, "t": 60}, {"v": 1, "t": 60}], "oldest first"),
        ("{", [], "JSON"),
        ("[" * 100_000, [], "JSON"),
        ("", [], "JSON"),
    ],
)
def test_bad_input_is_told_in_one_line(rules: object, series: object, says: str, tmp_path: Path) -> None:
    done = gomend(tmp_path, rules, series)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_not_a_number_is_no_value(tmp_path: Path) -> None:
    done = gomend(tmp_path, {"objective": "0.99"}, '[{"v": NaN}, {"v": Infinity}, {"v": null}]', "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (4, "unknown")


def test_people_see_why_in_both_languages(tmp_path: Path) -> None:
    case = next(c for c in CASES if c["id"] == "S13")
    for language, says in (("en", "block: 3 bad periods"), ("zh-CN", "拦截：截至最新一个可判定的周期")):
        done = gomend(tmp_path, case["policy"], case["series"], "--lang", language)
        assert says in done.stdout.replace(": ", "：" if language == "zh-CN" else ": ")
        assert "[✗-✗✗]" in done.stdout
