"""A real Prometheus and a real Alertmanager: remote write, range queries, alerts; what lies or comes twice does no harm."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import time
from datetime import UTC, datetime
from pathlib import Path

import cramjam
from hypothesis import given, settings
from hypothesis import strategies as st

from gomend.incidents import alerts, kept, promwire
from gomend.incidents.case import read
from gomend.incidents.rates import Rates, settle
from gomend.incidents.rows import Case, Sample
from tests.incidents.servers import post, serve
from tests.slo import servers

RULES = """
groups:
  - name: shop
    rules:
      - alert: CartSlow
        expr: vector(1)
        labels: {pod: cart-0, namespace: shop}
        annotations: {summary: "carts are slow"}
"""


def test_a_real_prometheus_writes_is_asked_and_alerts(tmp_path: Path) -> None:
    servers.have("prometheus", "promtool")
    port = servers.free_port()
    (tmp_path / "rules.yml").write_text(RULES)
    config = f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{tmp_path}/rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]}}
remote_write: [{{url: 'http://127.0.0.1:{port}/api/v1/write'}}]
scrape_configs:
  - job_name: shop
    static_configs: [{{targets: ['127.0.0.1:PORT'], labels: {{pod: prom-0}}}}]
"""
    own = servers.free_port()
    (tmp_path / "prometheus.yml").write_text(config.replace("PORT", str(own)))
    url = f"http://127.0.0.1:{own}"
    words = [
        "prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data", f"--web.listen-address=127.0.0.1:{own}",
    ]  # fmt: skip
    setup = f"""
[listen]
http = "127.0.0.1:{port}"
grpc = "127.0.0.1:0"
[[prometheus]]
url = "{url}"
step = 1
back = 60
exemplars = true
queries = {{ asked_cpu = "process_cpu_seconds_total", wrong = "sum(" }}
"""
    with serve(tmp_path, setup) as served, servers.started(words, tmp_path / "prometheus.log", f"{url}/-/ready"):
        heard = served.until(lambda s: s["seen"].get("samples", 0) > 300 and s["seen"].get("events"), 60)
        assert heard["sources"][0]["problem"].startswith("wrong: HTTP 400"), (
            "one query that is wrong is said, the other is asked"
        )
        end = time.monotonic() + 30
        while sum(path.read_bytes().count(b'"asked_cpu"') for path in (tmp_path / "store").iterdir()) < 3:
            assert time.monotonic() < end
            time.sleep(0.2)
    found = read(str(tmp_path / "store"))
    names = {s.metric for s in found.samples}
    assert {s.pod for s in found.samples if not s.metric.startswith("ALERTS")} == {"prom-0"}
    assert "go_goroutines" in names
    assert "rate(process_cpu_seconds_total)" in names
    assert not {n for n in names if "_bucket" in n or n == "process_cpu_seconds_total"}
    # Each asked sample came once, at the times that Prometheus was asked for.
    asked = sorted(s.at for s in found.samples if s.metric == "asked_cpu")
    assert len(asked) >= 3
    assert len(set(asked)) == len(asked)
    assert all(at % 10**9 == 0 for at in asked)
    # What was written to us is what Prometheus has: the same counter, by the same rate.
    written = [
        s.value
        for s in found.samples
        if s.metric == "rate(prometheus_http_requests_total code=200 handler=/api/v1/query_range)"
    ]
    assert written
    assert max(written) > 0
    # The alert came by two ways (asked, and sent as to an Alertmanager) and says the same.
    assert {(e.pod, e.reason, e.message) for e in found.events} == {("cart-0", "Alert", "CartSlow: carts are slow")}


def test_a_real_alertmanager_tells_the_webhook(tmp_path: Path) -> None:
    servers.have("prometheus-alertmanager")
    with serve(tmp_path) as served:
        port = servers.free_port()
        (tmp_path / "am.yml").write_text(
            f"route: {{receiver: gomend, group_wait: 0s}}\nreceivers: [{{name: gomend, webhook_configs: [{{url: '{served.http}/alertmanager'}}]}}]\n"
        )
        words = [
            "prometheus-alertmanager", f"--config.file={tmp_path}/am.yml", f"--storage.path={tmp_path}/am", "--cluster.listen-address=",
            f"--web.listen-address=127.0.0.1:{port}",
        ]  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        with servers.started(words, tmp_path / "am.log", f"{url}/-/ready"):
            now = datetime.now(UTC).isoformat()
            told = [
                {
                    "labels": {"alertname": "Down", "service": "pay"},
                    "annotations": {"summary": "no one answers"},
                    "startsAt": now,
                }
            ]
            assert post(f"{url}/api/v2/alerts", json.dumps(told).encode())[0] == 200
            served.until(lambda s: s["seen"].get("events"))
        for body in (b"<html>", b"[1]", b'{"alerts": 3}', b'{"alerts": [{"labels": {}}]}'):
            assert post(f"{served.http}/alertmanager", body)[0] == 400
    (event,) = read(str(tmp_path / "store")).events
    assert (event.pod, event.reason, event.message) == ("pay", "Alert", "Down: no one answers")


def written(*series: tuple[dict[str, str], list[tuple[int, float]]]) -> bytes:
    message = promwire._request()()
    for labels, samples in series:
        made = message.timeseries.add()
        for name, value in labels.items():
            made.labels.add(name=name, value=value)
        for at, value in samples:
            made.samples.add(timestamp=at, value=value)
    raw: bytes = message.SerializeToString()
    return raw


def test_rubbish_and_bombs_are_refused(tmp_path: Path) -> None:
    with serve(tmp_path) as served:
        url = f"{served.http}/api/v1/write"
        good = bytes(cramjam.snappy.compress_raw(written(({"__name__": "m", "pod": "a"}, [(10**12, 1.0)]))))
        assert post(url, good)[0] == 204
        bomb = bytes(cramjam.snappy.compress_raw(bytes(64 << 20)))
        assert post(url, bomb)[0] == 413
        assert post(url, b"\xff\xff\xff\xff\x0f" + good)[0] == 413, "a head that promises 4 GiB"
        for body in (b"", b"\xff" * 9, good[:-3], b"<html>", bytes(cramjam.snappy.compress_raw(b"\xff" * 40))):
            assert post(url, body)[0] == 400
        assert served.status()["seen"] == {"samples": 1}


@given(st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_bytes_make_it_fall(body: bytes) -> None:
    for raw in (body, bytes(cramjam.snappy.compress_raw(body))):
        with contextlib.suppress(ValueError):
            promwire.add(Case(), promwire.parsed(promwire.unpacked(raw)))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["1", "NaN", "firing", "2026-01-31T12:00:00Z", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["alerts", "labels", "status", "startsAt", "pod", "alertname", "name", "result", "metric", "values"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(JSON)
@settings(max_examples=300, deadline=None)
def test_no_answer_makes_it_fall(answer: object) -> None:
    for what in ("alerts", "prometheus", "jaeger", "kubernetes", "protobuf"):
        kept.add_line(Case(), {what: answer})
    alerts.add(Case(), answer)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), max_size=30))
def test_rates_are_what_a_counter_grew_by_in_any_order(steps: list[tuple[int, int]]) -> None:
    """Against a plain reading of what increase means: growth between neighbours, a fall is a new start at zero."""
    by_time = {at * 10**9: float(value) for at, value in steps}
    case = Case(samples=[Sample(at, "p", "c", value) for at, value in by_time.items()], counters={"c"})
    settle(case)
    times = sorted(by_time)
    expected = []
    for before, at in itertools.pairwise(times):
        if before == 0:
            continue  # a moment of zero is no moment
        grown = by_time[at] - by_time[before] if by_time[at] >= by_time[before] else by_time[at]
        expected.append((at, grown / ((at - before) / 1e9)))
    assert [s.at for s in case.samples] == [at for at, _ in expected]
    assert all(math.isclose(s.value, value) for s, (_, value) in zip(case.samples, expected, strict=True))


def test_a_late_or_doubled_value_of_a_counter_is_no_growth() -> None:
    rates = Rates()
    said = [
        rates.of(Sample(at * 10**9, "p", "c", value)) for at, value in ((10, 5.0), (20, 9.0), (20, 9.0), (15, 7.0), (30, 1.0))
    ]
    assert [s and (s.at // 10**9, s.metric, s.value) for s in said] == [
        None,
        (20, "rate(c)", 0.4),
        None,
        None,
        (30, "rate(c)", 0.1),
    ]
