"""The simulation sees what is wrong, and plans at random agree with the real go command."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import hypothesis
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given

from gomend.lab import tls
from gomend.modules.planning import needs, outages, settings, simulate
from gomend.modules.planning.contradictions import Contradiction
from gomend.modules.planning.needs import Needs, Private, Server
from tests.modules.planning.teams import DEFAULTS, teams
from tests.modules.planning.test_real_go import real

TEAM = Needs(network="open", private=(Private(paths=("git.corp.test",)),))


def test_without_goprivate_the_path_leaks() -> None:
    values = settings.plan(TEAM, DEFAULTS).values
    assert simulate.cell(TEAM, values, "none", "private-host").leaks == ()
    seen = simulate.cell(TEAM, {**values, "GOPRIVATE": ""}, "none", "private-host")
    assert {(leak.server, leak.request.split("/@v/")[0]) for leak in seen.leaks} >= {
        ("https://proxy.example.org", "/corp.example.com/priv")
    }
    only_sums = simulate.cell(TEAM, {**values, "GOPRIVATE": "", "GONOPROXY": "git.corp.test"}, "none", "private-host")
    assert only_sums.outcome == "fails"
    assert all("/lookup/corp.example.com/priv@v0.1.0" in leak.request for leak in only_sums.leaks)
    assert only_sums.leaks


def test_gonosumdb_alone_leaks_to_the_public_proxy() -> None:
    values = {**settings.plan(TEAM, DEFAULTS).values, "GOPRIVATE": "", "GONOSUMDB": "git.corp.test"}
    assert simulate.cell(TEAM, values, "none", "private-host").leaks


def test_a_public_mirror_after_the_company_s_proxy_leaks_when_it_has_nothing() -> None:
    """Why nothing public stands in a list that private modules come through."""
    team = Needs(
        network="open",
        private=(Private(paths=("git.corp.test",), via="proxy"),),
        server=(Server(url="https://goproxy.corp.test", company=True, private=True),),
    )
    values = settings.plan(team, DEFAULTS).values
    assert values["GOPROXY"] == "https://goproxy.corp.test"
    assert simulate.cell(team, values, "primary-404", "private-proxy").leaks == ()
    for mark in ",|":
        loose = {**values, "GOPROXY": f"https://goproxy.corp.test{mark}https://proxy.example.org"}
        assert simulate.cell(team, loose, "primary-404", "private-proxy").leaks


def test_what_the_marks_do() -> None:
    team = Needs(network="open", server=(Server(url="https://mirror.test", sumdb=True),))
    values = settings.plan(team, DEFAULTS).values
    assert values["GOPROXY"] == "https://mirror.test|https://proxy.example.org,direct"
    comma = {**values, "GOPROXY": values["GOPROXY"].replace("|", ",")}
    for outage in ("primary-refused", "primary-dns", "primary-tls", "primary-5xx", "primary-403"):
        assert simulate.cell(team, values, outage, "new").outcome == "builds"
        assert simulate.cell(team, comma, outage, "new").outcome == "fails"
    assert simulate.cell(team, values, "primary-hang", "new").outcome == "hangs"


def test_an_explicit_server_without_sumdb_in_a_closed_network() -> None:
    team = Needs(network="air-gap", server=(Server(url="https://goproxy.corp.test", company=True),))
    refused = settings.plan(team, DEFAULTS)
    assert simulate.cell(team, refused.values, "none", "new").outcome == "fails"
    assert simulate.cell(team, refused.values, "none", "known").verified == "go.sum"
    open_ = msgspec.structs.replace(team, verify="when-possible")
    taken = settings.plan(open_, DEFAULTS)
    assert taken.values["GOSUMDB"] == "off"
    assert simulate.cell(open_, taken.values, "none", "new") == simulate.Cell(outcome="builds", verified="none")


def some(count: int, seed: int) -> list[tuple[Needs, str, str]]:
    """Random (team, outage, need) without hangs, which cost their whole time limit."""
    found: list[Needs] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count * 3,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=False,
    )
    @given(teams())
    def collect(team: Needs) -> None:
        found.append(needs.checked(team))

    collect()
    chosen = random.Random(seed)
    made = []
    for team in found:
        try:
            values = settings.plan(team, DEFAULTS).values
        except Contradiction:
            continue
        rows = [row for row in outages.rows(team, values) if not row.endswith("hang")]
        made.append((team, chosen.choice(rows), chosen.choice(outages.columns(team))))
    return made[:count]


def difference(case: tuple[Needs, str, str]) -> str:
    team, outage, need = case
    values = settings.plan(team, DEFAULTS).values
    if need == "toolchain" and values["GOSUMDB"] == "off":
        return ""
    said, seen = simulate.cell(team, values, outage, need), real(team, values, outage, need)
    return "" if said == seen else f"{outage} {need}: said {said}, seen {seen}; {values}; {team}"


def compare(cases: list[tuple[Needs, str, str]]) -> None:
    tls.authority()
    with ThreadPoolExecutor(2) as pool:
        told = [text for text in pool.map(difference, cases) if text]
    assert told == [], f"{len(cases) - len(told)} of {len(cases)} agree\n" + "\n".join(told)


def test_plans_at_random() -> None:
    cases = some(12, 1)
    assert len(cases) == 12
    compare(cases)


@pytest.mark.full
@pytest.mark.timeout(900)
def test_many_plans_at_random() -> None:
    cases = some(400, 2)
    assert len(cases) == 400
    compare(cases)


def test_a_gate_before_the_server_that_holds_private_modules_is_refused() -> None:
    team = Needs(
        network="open",
        private=(Private(paths=("git.corp.test",), via="proxy"),),
        server=(
            Server(url="https://gate.corp.test", company=True, gate=True),
            Server(url="https://held.corp.test", company=True, private=True),
        ),
    )
    with pytest.raises(Contradiction, match=r"https://held\.corp\.test after it would never be asked"):
        settings.plan(team, DEFAULTS)
