"""Whatever comes: a million damaged inputs to every door, by a fixed seed, and what is left of them is looked at."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import cramjam
import pytest

from gomend.incidents import kept, promwire, sane
from gomend.incidents.inbox import Inbox
from gomend.incidents.intake import JSON, PROTO, Refused, decode
from gomend.incidents.quality import flaws, mend_clocks
from gomend.incidents.rank import diagnose
from gomend.incidents.rows import Case
from gomend.incidents.settings import Bounds
from tests.incidents.test_grpc import request
from tests.incidents.test_prometheus import written
from tests.incidents.test_watch import event, pod

DATA = Path(__file__).parent / "data"
AT = "1700000000000000000"
TOKENS = [
    b"null",
    b"-1",
    b"1e999",
    b"{}",
    b"[]",
    b'""',
    b"true",
    b'"\\ud800"',
    b"\xff\xfe",
    b"9" * 25,
    b'"' + b"9" * 30 + b'"',
    b"[" * 50,
    b'"pod"',
]


def seeds() -> dict[str, list[bytes]]:
    """Good inputs by door."""
    resource = {"attributes": [{"key": "k8s.pod.name", "value": {"stringValue": "cart-0"}}]}
    span = {
        "traceId": "a1",
        "spanId": "b1",
        "parentSpanId": "",
        "name": "GET /",
        "startTimeUnixNano": AT,
        "endTimeUnixNano": AT,
        "status": {"code": 2},
    }
    point = {"timeUnixNano": AT, "asDouble": 1.5, "attributes": [{"key": "k", "value": {"stringValue": "v"}}]}
    sums = {"dataPoints": [point], "isMonotonic": True, "aggregationTemporality": 2}
    log = {"timeUnixNano": AT, "body": {"stringValue": "no stock"}, "traceId": "a1", "spanId": "b1"}
    json_requests = [
        {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span, span]}]}]},
        {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [{"name": "cpu", "sum": sums}, {"name": "m", "gauge": sums}]}]}]},
        {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [log]}]}]},
    ]  # fmt: skip
    alert = {
        "alerts": [{"status": "firing", "labels": {"alertname": "A", "pod": "p"}, "startsAt": "2026-01-31T12:00:00.123456789Z"}]
    }
    matrix = {"name": "cpu", "result": [{"metric": {"pod": "a"}, "values": [[1700000000, "1"], [1700000015, "NaN"]]}]}
    answers = [
        {"alerts": alert},
        {"prometheus": matrix},
        {"kubernetes": {"items": [pod("cart-57f6b9d5c-x2x4z", killed="2026-01-31T12:00:00Z"), event("e", "p", "BackOff")]}},
        {"jaeger": json.loads((DATA / "jaeger" / "legacy-cart.json").read_text())},
        json.loads(kept.protobuf("traces", request(2).SerializeToString())),
    ]
    return {
        "json": [json.dumps(r).encode() for r in json_requests],
        "kept": [json.dumps(a).encode() for a in answers],
        "proto": [request(3).SerializeToString()],
        "write": [written(({"__name__": "m_total", "pod": "a"}, [(10**12, 1.0), (10**12 + 1, 2.0)]))],
    }


def damaged(rng: random.Random, good: bytes) -> bytes:
    """A few damages: bits, cuts, repeats, other words."""
    made = bytearray(good)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(made) + 1)
        match rng.randrange(5):
            case 0 if at < len(made):
                made[at] ^= 1 << rng.randrange(8)
            case 1:
                del made[at : at + rng.randint(1, 12)]
            case 2:
                made[at:at] = made[at : at + rng.randint(1, 40)]
            case 3:
                made[at : at + rng.randint(0, 8)] = rng.choice(TOKENS)
            case _:
                made = made[:at] if rng.random() < 0.2 else made
    return bytes(made)


def fuzz(count: int, seed: int) -> Counter[str]:
    """How many were taken and refused, by door."""
    rng, found = random.Random(seed), Counter[str]()
    inbox, case = Inbox(Bounds(pods=200, operations=100, series=500, spans=400, lines=400, samples=400, events=200)), Case()
    good = seeds()
    doors = list(good)
    for i in range(count):
        door = doors[i % len(doors)]
        raw = damaged(rng, rng.choice(good[door]))
        batch = Case()
        try:
            if door in {"json", "proto"}:
                decode(batch, rng.choice(("traces", "logs", "metrics")), JSON if door == "json" else PROTO, raw, "")
            elif door == "write":
                promwire.add(
                    batch, promwire.parsed(promwire.unpacked(bytes(cramjam.snappy.compress_raw(raw)) if i % 8 else raw))
                )
            else:
                decoded = kept_line(raw)
                kept.add_line(batch, decoded)
        except (Refused, ValueError):
            found[f"{door} refused"] += 1
        else:
            found[f"{door} taken"] += 1
        inbox.offer(batch)
        if i % 500 == 499:
            inbox.pour(case)
        if i % 25_000 == 24_999:
            seen = Case(
                list(dict.fromkeys(case.spans)), list(case.lines), list(case.samples), list(case.events), dict(case.owners)
            )
            sane.settle(seen)
            mend_clocks(seen)
            diagnose(seen)
            flaws(seen, None)
    assert len(case.owners) <= 200
    return found


def kept_line(raw: bytes) -> object:
    import msgspec

    try:
        return msgspec.json.decode(raw)
    except RecursionError:
        return None


def test_damaged_inputs_make_nothing_fall() -> None:
    found = fuzz(20_000, 1)
    assert all(found[f"{door} taken"] > 100 for door in seeds())
    assert all(found[f"{door} refused"] > 100 for door in seeds())


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_a_million_damaged_inputs_make_nothing_fall() -> None:
    assert sum(fuzz(1_000_000, 2).values()) == 1_000_000
