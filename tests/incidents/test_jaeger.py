"""Jaeger's two query APIs, from recorded answers of the real one (data/jaeger): building it takes 20 minutes, too long for a test."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gomend.incidents import jaeger, promwire
from gomend.incidents.case import read
from gomend.incidents.inbox import Inbox
from gomend.incidents.intake import Intake
from gomend.incidents.journal import Journal
from gomend.incidents.labels import DEFAULT
from gomend.incidents.rows import Case
from gomend.incidents.settings import Bounds, Jaeger
from gomend.incidents.sources.client import BadAnswer, Client
from gomend.incidents.sources.jaeger import Poll
from gomend.incidents.sources.supervise import State

DATA = Path(__file__).parent / "data" / "jaeger"
SPANS = [
    ("GET /cart", "cart-0", "", False, 20_000_000),
    ("POST /cart", "cart-0", "", True, 30_000_000),
    ("SELECT", "stock-0", "00000000000000a1", False, 9_000_000),
    ("SELECT", "stock-0", "00000000000000b1", True, 2_000_000),
]


@contextlib.contextmanager
def recorded(v3: bool) -> Iterator[tuple[str, list[str]]]:
    """A server that answers as the real one did; without ``v3`` it is an old one that has no such path."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            parts = urllib.parse.urlsplit(self.path)
            query = dict(urllib.parse.parse_qsl(parts.query))
            asked.append(self.path)
            name = {
                "/api/v3/services": "v3-services",
                "/api/services": "legacy-services",
                "/api/v3/traces": f"v3-{query.get('query.service_name')}",
                "/api/traces": f"legacy-{query.get('service')}",
            }.get(parts.path, "")
            path = DATA / f"{name}.json"
            if name.startswith("v3") and v3 and not path.exists():
                path = DATA / "v3-none.json"
            known = path.exists() and (v3 or not name.startswith("v3"))
            body = path.read_bytes() if known else b"404 page not found\n"
            self.send_response(200 if known and path.name != "v3-none.json" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def polled(url: str, folder: Path, times: int, **setup: Any) -> State:
    async def run() -> State:
        client = Client(url)
        state = State("jaeger", lambda _: None)
        poll = Poll(client, Intake(Journal(folder), Inbox(Bounds()), DEFAULT), Jaeger(url=url, every=0.01, **setup))
        try:
            for _ in range(times):
                await poll.once(state)
        finally:
            await client.close()
        return state

    return asyncio.run(run())


@pytest.mark.parametrize("v3", [True, False])
def test_recorded_answers_of_both_apis_give_the_same_spans_once(tmp_path: Path, v3: bool) -> None:
    with recorded(v3) as (url, asked):
        assert polled(url, tmp_path, 3).heard
    found = read(str(tmp_path))
    assert sorted((s.op, s.pod, s.parent, s.failed, s.end - s.start) for s in found.spans) == SPANS
    assert found.counts.get("spans.duplicate", 0) == 0, "what was asked for twice is kept once"
    assert found.owners == {"cart-0": "cart", "stock-0": "stock"}
    assert {s.trace for s in found.spans} == {"ffeeddccbbaa00998877665544332211", "00000000000000ab0000000000000007"}
    if v3:
        assert all("/api/v3/" in path for path in asked)
    else:
        assert sum("/api/v3/" in path for path in asked) == 1, "an old one is asked the new way once"


def test_a_service_without_traces_is_no_failure(tmp_path: Path) -> None:
    with recorded(v3=True) as (url, _):
        assert polled(url, tmp_path, 1, services=("nobody",)).heard
    assert not list(tmp_path.iterdir())


def test_v3_alone_fails_where_it_is_not_there(tmp_path: Path) -> None:
    with recorded(v3=False) as (url, _), pytest.raises(BadAnswer, match="404"):
        polled(url, tmp_path, 1, api="v3")


@pytest.mark.parametrize("change", [{"spans": 3}, {"processes": []}, {"spans": [{"startTime": "x"}, None]}])
def test_what_has_another_shape_is_counted(change: dict[str, Any]) -> None:
    answer = json.loads((DATA / "legacy-cart.json").read_text())
    answer["data"][0].update(change)
    case = Case()
    jaeger.add(case, answer)
    assert len(case.spans) == 2


def test_exemplars_lead_from_a_metric_to_a_trace() -> None:
    case = Case()
    series = {
        "seriesLabels": {"pod": "cart-0"},
        "exemplars": [{"labels": {"trace_id": "AB12"}, "value": "6", "timestamp": 1600096945.479}],
    }
    promwire.add_answer(case, {"name": "latency", "exemplars": [series, {"exemplars": [{}]}, 3]})
    assert [(e.at, e.pod, e.metric, e.trace, e.value) for e in case.exemplars] == [
        (1600096945479000000, "cart-0", "latency", "ab12", 6.0)
    ]
    assert case.counts == {"exemplars.ragged": 1}
