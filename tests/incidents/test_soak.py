"""Eight hours of a shop's telemetry, played into a real ``serve`` as fast as it takes it: memory stays flat, each hour's fault is found and over.

Full; about six minutes. Set SOAK_FIGURES to a file to keep what was measured.
"""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.incidents.servers import post, serve

HOURS = 8
A_MINUTE = 0.6
"""Seconds that a minute of data takes at least: there must be looks in between."""
TRACES = 150
"""Requests of buyers in a minute."""
MS, S = 10**6, 10**9
CHAIN = ("gateway", "orders", "stock")


def pod(service: str, minute: int) -> str:
    """Every two hours there is a new version: other pods."""
    return f"{service}-{'bcdfg'[minute // 120 % 5] * 9}-x2k4w"


CHUNKS = 6
"""A minute comes in so many parts: spans and lines of one moment come seconds apart, not minutes."""


def made(minute: int, start: int, dice: random.Random, slow: bool) -> list[tuple[str, bytes]]:
    traces, logs, metrics = ExportTraceServiceRequest(), ExportLogsServiceRequest(), ExportMetricsServiceRequest()
    scopes: dict[str, Any] = {}
    said: dict[str, Any] = {}
    for service in CHAIN:
        for request, held in ((traces.resource_spans, scopes), (logs.resource_logs, said), (metrics.resource_metrics, {})):
            resource = request.add()
            for key, value in (("service.name", service), ("k8s.pod.name", pod(service, minute))):
                resource.resource.attributes.add(key=key).value.string_value = value
            if request is traces.resource_spans:
                held[service] = resource.scope_spans.add().spans
            elif request is logs.resource_logs:
                held[service] = resource.scope_logs.add().log_records
            else:
                for name in ("cpu_usage", "memory_working_set_bytes"):
                    point = resource.scope_metrics.add().metrics.add(name=name).gauge.data_points.add()
                    point.time_unix_nano, point.as_double = start, dice.gauss(100, 3)
    for _ in range(TRACES // CHUNKS):
        at = start + int(dice.random() * 60 // CHUNKS * S)
        trace, parent = dice.randbytes(16), b""
        length = 40 * MS
        for depth, service in enumerate(CHAIN):
            wait = dice.expovariate(1 / 4) + (400 if slow and service == "stock" else 0)
            for kind in ("client", "server") if depth else ("server",):
                owner = CHAIN[depth - 1] if kind == "client" else service
                span = scopes[owner].add(
                    name=f"{kind} {service}", trace_id=trace, span_id=dice.randbytes(8), parent_span_id=parent
                )
                span.start_time_unix_nano, span.end_time_unix_nano = at, at + length + int(wait * MS)
                parent = span.span_id
            said[service].add(time_unix_nano=at, trace_id=trace, span_id=parent).body.string_value = f"served in {wait:.0f} ms"
            at, length = at + MS, length - 10 * MS
    return [
        ("traces", traces.SerializeToString()),
        ("logs", logs.SerializeToString()),
        ("metrics", metrics.SerializeToString()),
    ]


def rss(pid: int) -> float:
    """MiB."""
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


@pytest.mark.full
@pytest.mark.timeout(1500)
def test_eight_hours_in_flat_memory(tmp_path: Path) -> None:
    dice = random.Random(8)
    first = (time.time_ns() // S - HOURS * 3600) * S
    memory: list[float] = []
    rows = 0
    began = time.monotonic()
    with serve(tmp_path, "every = 0.5\n") as running:
        for minute in range(HOURS * 60):
            slow = minute % 60 in range(30, 35)
            for part in range(CHUNKS):
                due = time.monotonic() + A_MINUTE / CHUNKS
                start = first + minute * 60 * S + part * 60 // CHUNKS * S
                for signal, body in made(minute, start, dice, slow):
                    status, answer, _ = post(f"{running.http}/v1/{signal}", body, Content_Type="application/x-protobuf")
                    assert status == 200, answer
                time.sleep(max(0.0, due - time.monotonic()))
            rows += TRACES * 5
            if minute % 10 == 9:
                memory.append(rss(running.process.pid))
        time.sleep(3)
        status = json.loads((tmp_path / "store/status.json").read_text())
    records = [json.loads(line) for line in (tmp_path / "store/incidents.jsonl").read_text().splitlines()]
    opened = [r for r in records if r["do"] == "open"]
    right = [r for r in opened if r["blamed"][0]["service"] == "stock"]
    told = [
        f"minute {(r['seen'] - first) // (60 * S)}: {b['service']} {b['kind']} {[s['what'] for s in b.get('seen', ())][:2]}"
        for r in opened
        for b in r["blamed"][:1]
    ]
    figures = {
        "hours": HOURS, "seconds": round(time.monotonic() - began), "spans": rows, "memory_mib": [round(m, 1) for m in memory],
        "opened": len(opened), "right": len(right), "over": sum(r["do"] == "over" for r in records),
        "preview_p95": status["preview_p95"], "look_seconds": status["look_seconds"], "told": told,
    }  # fmt: skip
    if os.environ.get("SOAK_FIGURES"):
        Path(os.environ["SOAK_FIGURES"]).write_text(json.dumps(figures, indent=1) + "\n")
    hour = len(memory) // HOURS
    assert max(memory[-2 * hour :]) <= 1.1 * max(memory[hour : 3 * hour]), figures
    assert len(right) >= HOURS - 1, figures
    assert len(opened) <= HOURS + 1, figures
    assert figures["over"] >= HOURS - 2, figures
