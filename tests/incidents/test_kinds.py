"""Kinds that the public data has no example of, from evidence made here; and what chance alone makes is no incident."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomend.incidents.changes import Pods
from gomend.incidents.rank import diagnose
from gomend.incidents.rows import Case, Event, Line, Sample, Span
from gomend.incidents.strays import Strays
from gomend.incidents.templates import is_pool

SECOND, MS = 10**9, 10**6
T = 1_700_000_000 * SECOND
"""The fault begins."""
OWNERS = {"web-6d4cf56db6-aaaaa": "web", "shop-7f8b9c6d5d-bbbbb": "shop", "shop-5c9d8b7f6d-ccccc": "shop"}
WEB, OLD, NEW = OWNERS


def requests(
    rng: random.Random, seconds: int = 90, *, new: bool = False, wait: int = 0, says: str = "", traced: bool = True
) -> Case:
    """Two requests a second: web calls shop, shop asks its database; from :data:`T` on shop's pod is a new one, waits, or logs."""
    case = Case(owners=dict(OWNERS))
    for n in range(-2 * seconds, 2 * seconds):
        at = T + n * SECOND // 2 + rng.randrange(SECOND // 4)
        bad = n >= 0
        pod = NEW if new and bad else OLD
        query = rng.randrange(1 * MS, 3 * MS) + (wait * MS if bad else 0)
        trace = f"{n + 10_000:032x}"
        end = at + 3 * MS + query
        case.spans += [
            Span(trace, "a", "", WEB, "GET /", at, end + 4 * MS),
            Span(trace, "b", "a", WEB, "call", at + MS, end + 3 * MS),
            Span(trace, "c", "b", pod, "Get", at + 2 * MS, end + 2 * MS),
            Span(trace, "d", "c", pod, "SELECT shop.items", at + 3 * MS, at + 3 * MS + query),
        ]
        if bad and says and rng.random() < 0.5:
            case.lines.append(Line(end, pod, trace if traced else "", "c" if traced else "", says))
        elif n % 7 == 0:
            case.lines.append(Line(end, pod, "", "", "INFO all is well"))
    return case


def first(case: Case) -> tuple[str, str]:
    found = diagnose(case)
    assert found.certain
    return found.suspects[0].service, found.suspects[0].kind


def test_a_slow_database_is_a_dependency() -> None:
    assert first(requests(random.Random(1), wait=300)) == ("shop", "dependency")


@pytest.mark.parametrize("traced", [True, False])
def test_an_empty_pool_is_named_by_lines_with_or_without_a_request(traced: bool) -> None:
    said = "WARN HikariPool-1 - Connection is not available, request timed out after 3000ms."
    assert first(requests(random.Random(2), wait=300, says=said, traced=traced)) == ("shop", "pool_exhaustion")


def test_a_new_version_that_is_slow_is_a_deploy() -> None:
    assert first(requests(random.Random(3), wait=60, new=True)) == ("shop", "deploy")


def test_a_pod_of_the_same_version_is_no_deploy() -> None:
    heard = [(OLD, T - s * SECOND) for s in range(300)] + [(WEB, T + s * SECOND) for s in range(-300, 300)]
    twin = OLD[:-5] + "ddddd"
    after = [(twin, T + s * SECOND) for s in range(300)]
    owners = OWNERS | {twin: "shop"}
    assert [c.kind for c in Pods([*heard, *after], owners).clues(T)] == ["exception"]
    assert [c.kind for c in Pods([*heard, *[(NEW, at) for _, at in after]], owners).clues(T)] == ["deploy"]
    assert Pods(heard, owners).clues(T) == []


def test_scaling_up_is_no_change_of_version() -> None:
    heard = [(pod, T + s * SECOND) for pod in (OLD, WEB) for s in range(-300, 300)]
    assert Pods([*heard, *[(NEW, T + s * SECOND) for s in range(300)]], OWNERS).clues(T) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pq: sorry, too many clients already", True),
        ("Error 1040: Too many connections", True),
        ("QueuePool limit of size 5 overflow 10 reached, connection timed out", True),
        ("redis: connection pool timeout", True),
        ("remaining connection slots are reserved for non-replication superuser connections", True),
        ("connection refused", False),
        ("swimming pool opened at 9:00", False),
        ("new connection from 192.0.2.1", False),
    ],
)
def test_lines_of_empty_pools(line: str, expected: bool) -> None:
    assert is_pool(line) is expected


def test_stray_lines_that_come_as_often_as_before_say_nothing() -> None:
    lines = [Line(T + s * 5 * SECOND, OLD, "", "", "ERROR disk of node 7 is slow") for s in range(-30, 30)]
    assert Strays(lines, OWNERS).clues(T) == []
    more = lines + [Line(T + s * SECOND, OLD, "", "", "ERROR disk of node 9 is slow") for s in range(100)]
    assert [(c.service, c.kind) for c in Strays(more, OWNERS).clues(T)] == [("shop", "exception")]


@given(st.integers(0, 2**32))
@settings(max_examples=8, deadline=None)
def test_chance_alone_is_told_to_nobody(seed: int) -> None:
    """Random requests and metrics of twenty pods without a fault stay below the weight from which somebody is told unasked."""
    rng = random.Random(seed)
    case = requests(rng, 60)
    for minute in range(-40, 2):
        for pod in range(20):
            for metric in ("CpuUsageRate(%)", "MemoryUsage(Mi)", "PodServerLatencyP90(s)", "SyscallWrite"):
                at = T + minute * 60 * SECOND
                case.samples.append(Sample(at, f"other-{pod}", metric, rng.lognormvariate(2, 0.3)))
    case.owners |= {f"other-{pod}": f"other-{pod}" for pod in range(20)}
    found = diagnose(case)
    assert not found.suspects or found.suspects[0].weight < 2.5


def test_what_the_cluster_says_of_a_change_counts() -> None:
    case = requests(random.Random(5), wait=60)
    case.events.append(Event(T, OLD, "ScalingReplicaSet", "Scaled up replica set shop-5c9d8b7f6d to 1"))
    assert first(case) == ("shop", "deploy")
