"""What holds for every plan, whatever the team has."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from gomend.golang import patterns
from gomend.model.text import Translator
from gomend.modules.planning import globs, infer, outages, simulate, telling, writers
from gomend.modules.planning.changes import applied, changes
from gomend.modules.planning.contradictions import Contradiction
from gomend.modules.planning.needs import Needs
from gomend.modules.planning.reach import vouched
from gomend.modules.planning.settings import DEFAULTS as BARE
from gomend.modules.planning.settings import Plan, plan
from gomend.modules.planning.shape import shape
from gomend.modules.route.predict import predict
from gomend.modules.route.scenario import Scenario
from tests.modules.planning.teams import DEFAULTS, GLOBS, teams

SET_NOW = st.fixed_dictionaries(
    {},
    optional={
        "GOPROXY": st.sampled_from(("direct", "https://old.test", "https://old.test,https://proxy.example.org|direct")),
        "GOPRIVATE": st.sampled_from(("old.test", "git.corp.test,*.x.test")),
        "GONOPROXY": st.sampled_from(("none", "git.corp.test")),
        "GONOSUMDB": st.sampled_from(("*", "old.test")),
        "GOSUMDB": st.just("off"),
        "GOTOOLCHAIN": st.sampled_from(("local", "go1.21.0+auto")),
        "GOFLAGS": st.sampled_from(("-mod=mod", "-modcacherw -mod=mod", "-trimpath")),
        "GOINSECURE": st.just("*"),
    },
)


def made(needs: Needs) -> Plan:
    try:
        return plan(needs, DEFAULTS)
    except Contradiction as contradiction:
        event(contradiction.said.id)
        assume(False)
        raise


@given(teams())
def test_no_private_path_reaches_a_public_server(needs: Needs) -> None:
    found = made(needs)
    for need in ("private-host", "private-proxy"):
        for path in outages.private_examples(needs, need):
            for outage in outages.rows(needs, found.values):
                assert simulate.cell(needs, found.values, outage, need, path).leaks == (), (outage, path)


@given(teams())
def test_public_modules_stay_verified(needs: Needs) -> None:
    found = made(needs)
    public = globs.stranger(path for group in needs.private for path in group.paths)
    values = found.values
    assert not patterns.matches(values["GONOSUMDB"] or values["GOPRIVATE"], public)
    if vouched(needs):
        assert values["GOSUMDB"] != "off"
    for outage in outages.rows(needs, values):
        cell = simulate.cell(needs, values, outage, "new")
        if cell.outcome == "builds" and values["GOSUMDB"] != "off":
            assert cell.verified == "sumdb", outage


@given(teams())
@settings(max_examples=25)
def test_every_line_is_needed(needs: Needs) -> None:
    check_every_line(needs)


@pytest.mark.full
@given(teams())
@settings(max_examples=400)
def test_every_line_is_needed_in_many_plans(needs: Needs) -> None:
    check_every_line(needs)


def check_every_line(needs: Needs) -> None:
    """Without a line an outage ends otherwise, or a promise that its reason makes is broken."""
    found = made(needs)
    table = simulate.table(needs, found.values)
    for line in found.lines:
        without = {**BARE, **DEFAULTS, **{other.name: other.value for other in found.lines if other is not line}}
        assert without[line.name] != line.value
        if line.name in {"GOINSECURE", "GOVCS"}:
            plain = [g for group in needs.private if group.via == "git-http" or group.vcs == "svn" for g in group.paths]
            assert any(g in line.value for g in plain)
        elif line.name == "GOTOOLCHAIN":
            assert needs.toolchains is not None
        elif line.name in {"GOPRIVATE", "GONOPROXY", "GONOSUMDB"}:
            ways = {need for need in ("private-host", "private-proxy") if outages.private_examples(needs, need)}
            assert any(
                simulate.cell(needs, found.values, "none", need, path) != simulate.cell(needs, without, "none", need, path)
                or asked(needs, found.values, need, path) != asked(needs, without, need, path)
                for need in ways
                for path in outages.private_examples(needs, need)
            ) or not outages.places(needs, found.values), line
        elif line.name == "GOSUMDB":
            assert not vouched(needs) or needs.sumdb.url or needs.sumdb.name
        else:
            assert table != simulate.table(needs, without) or promised(needs, found.values["GOPROXY"]) != promised(
                needs, without["GOPROXY"]
            ), line


def asked(needs: Needs, values: dict[str, str], need: str, path: str) -> object:
    """Whom go would ask, and for what."""
    return predict(msgspec.convert(outages.scene(needs, values, "none", need, path), Scenario)).requests


def promised(needs: Needs, goproxy: str) -> tuple[bool, tuple[str, ...]]:
    """Whether public modules may come from their own hosts, and which servers are asked."""
    entries = re.split(r"[,|]", goproxy)
    return entries[-1] == "direct", tuple(e for e in entries if e != "direct")


@given(teams())
def test_no_pattern_is_covered_by_another(needs: Needs) -> None:
    for name in ("GOPRIVATE", "GONOPROXY", "GONOSUMDB"):
        kept = [p for p in made(needs).values[name].split(",") if p]
        for one in kept:
            assert not any(globs.covers(other, one) for other in kept if other is not one)


@given(teams(), SET_NOW)
def test_planning_again_changes_nothing(needs: Needs, now: dict[str, str]) -> None:
    found = made(needs)
    todo = changes(found, now)
    after = applied(now, todo)
    assert changes(found, after) == ()
    values = {**BARE, **DEFAULTS, **{k: v for k, v in after.items() if k in found.values}}
    if needs.toolchains is None:
        values["GOTOOLCHAIN"] = found.values["GOTOOLCHAIN"]
    assert values == found.values


@given(teams(), SET_NOW, st.lists(st.sampled_from(GLOBS[:2]), max_size=1))
def test_a_guess_is_kept_once_it_is_set(needs: Needs, now: dict[str, str], requires: list[str]) -> None:
    """What a plan without a team file writes is what the next one finds."""
    seen = infer.Seen(requires=tuple(requires), current=now, default_proxy=DEFAULTS["GOPROXY"])
    first = made(infer.infer(seen, Needs()).needs)
    after = applied(now, changes(first, now))
    again = infer.infer(infer.Seen(requires=tuple(requires), current=after, default_proxy=DEFAULTS["GOPROXY"]), Needs())
    assert changes(made(again.needs), after) == ()


@given(teams())
def test_a_plan_that_is_set_is_guessed_again(needs: Needs) -> None:
    found = made(needs)
    after = applied({}, changes(found, {}))
    seen = infer.Seen(current=after, default_proxy=DEFAULTS["GOPROXY"])
    again = made(infer.infer(seen, Needs()).needs)
    names = {c.name for c in changes(again, after)} - {"GOINSECURE", "GOVCS", "GOSUMDB"}
    assert not names or needs.private, names


@given(teams())
@settings(max_examples=15)
def test_no_secret_in_any_form(needs: Needs) -> None:
    """The value that is set now may hold one."""
    found = made(needs)
    now = {"GOPROXY": "https://joe:hunter2pw@old.test|https://tok3nvalue@other.test", "GOFLAGS": "-mod=mod"}
    todo = changes(found, now)
    table = simulate.table(needs, found.values)
    for language in ("en", "zh-CN"):
        say = Translator(language)
        said = [writers.write(form, found, todo, say) for form in writers.FORMS]
        said.append(telling.told(found, todo, table, simulate.cures(found, table), say))
        said.append(msgspec.json.encode(shape(found, todo, table, simulate.cures(found, table), say)).decode())
        assert not any("hunter2pw" in text or "tok3nvalue" in text for text in said)
        assert "REDACTED@" in said[0]


@given(st.lists(st.sampled_from(GLOBS), max_size=5))
def test_least_patterns_match_the_same(found: list[str]) -> None:
    kept = globs.least(found)
    for path in (*(globs.example(g) for g in GLOBS), "git.corp.test", "git.corp.test/team/x/y", "hx.test/y", "a.corp.test/z"):
        assert patterns.matches(",".join(kept), path) == patterns.matches(",".join(found), path)
