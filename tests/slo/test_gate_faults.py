"""A server that does not answer the question never makes a pass: each fault against a real socket, and one property for all."""

from __future__ import annotations

import json
import threading
import time
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomend.ports import wire
from gomend.slo.history import Grid
from gomend.slo.objective import Sli
from gomend.slo.sources.prometheus import Prometheus
from tests.slo.test_gate import CHECKOUT, gate

NOW = 1_790_000_100


def matrix(values: list[Any], part: str = "value", more: list[Any] | None = None) -> dict[str, Any]:
    series = [{"metric": {"gomend_part": part}, "values": values}, *(more or [])]
    return {"status": "success", "data": {"resultType": "matrix", "result": series}}


GOOD = matrix([[NOW // 300 * 300 - 300 * back, "1"] for back in range(29, -1, -1)])
VALUE = """
  - name: latency
    objective: 0.5
    policy: {mode: absolute, margin: 0}
    sli: {sre: {source: promql, value: "latency_ratio"}}
"""


class Server:
    """A server on loopback that says what the test wants; a double, because no real server breaks in all of these ways."""

    def __init__(self) -> None:
        self.says: tuple[int, str, bytes] = (200, "application/json", json.dumps(GOOD).encode())
        self.first: list[tuple[int, str, bytes]] = []
        self.asked: list[str] = []
        self.slow = 0.0
        self.cut = False
        self.clock = float(NOW)
        self.fit = b""
        """An answer of which only the samples that were asked for are told."""

    def answer(self, path: str, query: bytes) -> tuple[int, str, bytes]:
        if query == b"query=time%28%29":
            text = json.dumps({"status": "success", "data": {"resultType": "scalar", "result": [self.clock, str(self.clock)]}})
            return 200, "application/json", text.encode()
        self.asked.append(path)
        if self.fit:
            form = {k: float(v[0]) for k, v in urllib.parse.parse_qs(query.decode()).items() if k in {"start", "end"}}
            made = json.loads(self.fit)
            series = made["data"]["result"][0]
            series["values"] = [v for v in series["values"] if form["start"] <= v[0] <= form["end"]]
            return 200, "application/json", json.dumps(made).encode()
        return self.first.pop(0) if self.first else self.says


@pytest.fixture
def server() -> Iterator[tuple[Server, str]]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, kind, answer = state.answer(self.path, body)
            time.sleep(state.slow if b"time%28" not in body else 0)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer) + 10 * state.cut * (b"time%28" not in body)))
            self.end_headers()
            self.wfile.write(answer)
            if state.cut:
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Be quiet."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up is what some tests want."""

    found = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield state, f"http://127.0.0.1:{found.server_address[1]}"
    found.shutdown()
    found.server_close()


def told(values: object) -> bytes:
    return json.dumps(values).encode()


STEP = NOW // 300 * 300
FAULTS: dict[str, tuple[int, str, bytes, str]] = {
    "bad request": (
        400,
        "application/json",
        told({"status": "error", "errorType": "bad_data", "error": "parse error"}),
        "parse error",
    ),
    "forbidden": (403, "text/html", b"<html>Sign in</html>", "HTML"),
    "a login page with 200": (200, "text/html; charset=utf-8", b"<!doctype html><title>Sign in</title>", "HTML"),
    "server error": (500, "text/plain", b"oops", "HTTP 500"),
    "success in words only": (503, "application/json", told(GOOD), "HTTP 503"),
    "moved": (302, "text/html", b"", "HTTP 302"),
    "nothing": (200, "application/json", b"", "HTTP 200"),
    "half": (200, "application/json", told(GOOD)[:200], "HTTP 200"),
    "another shape": (200, "application/json", b"[]", "HTTP 200"),
    "no data": (200, "application/json", told({"status": "success"}), "no reason"),
    "a vector": (
        200,
        "application/json",
        told({"status": "success", "data": {"resultType": "vector", "result": []}}),
        "vector",
    ),
    "numbers as numbers": (200, "application/json", told(matrix([[STEP, 1]])), "cannot be read"),
    "words as numbers": (200, "application/json", told(matrix([[STEP, "many"]])), "no number"),
    "two series": (200, "application/json", told(matrix([[STEP, "1"]], more=GOOD["data"]["result"])), "several series"),
    "a stranger": (200, "application/json", told(matrix([[STEP, "1"]], part="other")), "not asked"),
    "out of order": (200, "application/json", told(matrix([[STEP, "1"], [STEP - 300, "1"]])), "backwards"),
    "twice": (200, "application/json", told(matrix([[STEP, "1"], [STEP, "1"]])), "twice"),
    "off the grid": (200, "application/json", told(matrix([[STEP - 7, "1"]])), "times"),
    "from the future": (200, "application/json", told(matrix([[STEP + 300, "1"]])), "times"),
    "a native histogram": (
        200,
        "application/json",
        told(
            matrix([], more=[])
            | {"data": {"resultType": "matrix", "result": [{"metric": {"gomend_part": "value"}, "histograms": []}]}}
        ),
        "histogram",
    ),
    "not a number": (200, "application/json", told(matrix([[STEP - 300 * b, "NaN"] for b in range(29, -1, -1)])), "no value"),
    "infinite": (200, "application/json", told(matrix([[STEP - 300 * b, "+Inf"] for b in range(29, -1, -1)])), "no value"),
    "no series": (
        200,
        "application/json",
        told({"status": "success", "data": {"resultType": "matrix", "result": []}}),
        "no value",
    ),
    "partial": (200, "application/json", told({**GOOD, "warnings": ["store 3 is down"]}), "may lack data"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_unknown_and_says_why(fault: str, server: tuple[Server, str], tmp_path: Path) -> None:
    state, url = server
    *state_says, says = FAULTS[fault]
    state.says = tuple(state_says)  # type: ignore[assignment]
    code, answer, _ = gate(tmp_path, VALUE, "--prometheus", url, "--at", str(NOW))
    assert (code, answer["verdict"]) == (4, "unknown")
    assert says in answer["objectives"][0]["reason"]


def test_the_same_server_without_fault_passes(server: tuple[Server, str], tmp_path: Path) -> None:
    state, url = server
    state.first = [(503, "text/plain", b"busy"), (200, "application/json", b"")][:1]
    code, answer, _ = gate(tmp_path, VALUE, "--prometheus", url, "--at", str(NOW))
    assert (code, answer["verdict"], len(state.asked)) == (0, "pass", 2), "asked again after a 503"


def test_time_outs_cut_answers_and_no_server(server: tuple[Server, str], tmp_path: Path) -> None:
    state, url = server
    state.cut = True
    code, answer, _ = gate(tmp_path, VALUE, "--prometheus", url, "--at", str(NOW))
    assert (code, answer["verdict"]) == (4, "unknown")
    state.cut, state.slow = False, 1.5
    code, answer, _ = gate(tmp_path, VALUE, "--prometheus", "http://127.0.0.1:9", "--at", str(NOW))
    assert (code, answer["verdict"]) == (4, "unknown")
    assert "refused" in answer["objectives"][0]["reason"]
    heard = wire.Wire(url, timeout=0.5).send("/", b"x", "text/plain")
    assert heard.problem == "no answer in time"


def test_an_answer_without_end_is_refused(server: tuple[Server, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, url = server
    monkeypatch.setattr(wire, "ANSWER_LIMIT", 1 << 20)
    state.says = (200, "application/json", b" " * (3 << 20))
    assert "larger" in wire.Wire(url).post("/", {}).problem


def test_a_clock_that_is_off_makes_no_pass(server: tuple[Server, str], tmp_path: Path) -> None:
    state, url = server
    now = time.time()
    state.clock = now + 900
    end = int(state.clock) // 300 * 300
    ends = range(end - 300 * 29, end + 1, 300)
    state.says = (200, "application/json", told(matrix([[at, "1"] for at in ends])))
    code, answer, _ = gate(tmp_path, VALUE, "--prometheus", url, "--deploy", str(int(now - 1200)))
    assert (code, answer["verdict"]) == (4, "unknown")
    assert "clock" in answer["objectives"][0]["reason"]
    state.clock = now
    end = int(now) // 300 * 300
    state.says = (200, "application/json", told(matrix([[at, "1"] for at in range(end - 300 * 29, end + 1, 300)])))
    code, answer, _ = gate(tmp_path, VALUE, "--prometheus", url, "--deploy", str(int(now - 1200)))
    assert (code, answer["verdict"]) == (0, "pass")


class _Says:
    """A connection that answers one thing to every question, for thousands of generated answers."""

    def __init__(self, body: bytes, status: int) -> None:
        self.heard = wire.Heard(status=status, body=body, type="application/json")

    def post(self, path: str, form: object) -> wire.Heard:
        return self.heard


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.sampled_from(["matrix", "success", "NaN", "1"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["status", "data", "result", "resultType", "metric", "values", "gomend_part"]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60) | JSON.map(lambda v: json.dumps(v).encode()), st.sampled_from([200, 204, 301, 404, 500]))
def test_no_answer_made_up_by_chance_is_data(body: bytes, status: int) -> None:
    made = Prometheus(wire=_Says(body, status))  # type: ignore[arg-type]
    found = made.read(Sli(team="t", kind="promql", value="x"), Grid(end=600, step=60, count=3))
    assert found.problem or all(p.value is None for p in found.periods)


def test_several_objectives_of_which_one_is_silent(server: tuple[Server, str], tmp_path: Path) -> None:
    """One that fails is not hidden by one that passes, nor by an unreachable one."""
    _, url = server
    two = VALUE + CHECKOUT.replace("JOB", "x").replace("objective: 0.999", "objective: 0.999")
    code, answer, _ = gate(tmp_path, two, "--prometheus", url, "--at", str(NOW))
    assert [o["verdict"] for o in answer["objectives"]] == ["pass", "unknown"]
    assert (code, answer["verdict"]) == (4, "unknown")


def test_waiting_ends_with_enough_periods_with_a_block_or_with_the_time(server: tuple[Server, str], tmp_path: Path) -> None:
    state, url = server
    quick = VALUE.replace("    policy: {", "    period: 1s\n    window: 1h\n    policy: {need: 3, ")
    deploy = time.time()
    words = ("--prometheus", url, "--deploy", str(deploy), "--wait")

    def answer(value: str) -> None:
        state.clock = time.time()
        ends = range(int(state.clock) - 80, int(state.clock) + 10)
        state.fit = json.dumps(matrix([[at, value] for at in ends])).encode()

    answer("1")
    started = time.monotonic()
    code, found, _ = gate(tmp_path, quick, *words, "30s")
    assert (code, found["verdict"]) == (0, "pass")
    assert found["objectives"][0]["statuses"].count("ok") >= 3
    assert 2 < time.monotonic() - started < 25
    answer("0.1")
    code, found, _ = gate(tmp_path, quick, *words, "30s")
    assert (code, found["verdict"]) == (1, "block")
    state.fit, state.says = b"", FAULTS["server error"][:3]
    code, found, _ = gate(tmp_path, quick, *words, "2s")
    assert (code, found["verdict"]) == (4, "unknown")
    assert gate(tmp_path, quick, *words, "soon")[0] == 2
