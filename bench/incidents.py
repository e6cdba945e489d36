"""The join of incidents at scale, and the ranking against BARO on the same cases.

``python bench/incidents.py join`` makes 10 million spans, 200,000 windows and 50,000 events (``MILLIONS=100`` more) and joins them in DuckDB on two threads.
``python bench/incidents.py ingest`` takes OTLP spans with 10 attributes each in: decoded, bounded and kept in one process, then by a running
``serve`` over gRPC and over HTTP, in spans a second of its processor time; the peer decodes by way of JSON.
``python bench/incidents.py rank FOLDER`` asks the peer ``fse-baro`` and gomend of every case below FOLDER, in one run; ``make bench`` asks them of the tests' cases.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from gomend.incidents import joins

ROOT = Path(__file__).parent.parent


def join() -> dict[str, object]:
    millions = int(os.environ.get("MILLIONS", "10"))
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    connection.execute("SELECT setseed(0.5)")
    hour, pods = 6 * 3600 * 10**9, 2000
    joins.create(connection)
    # A tenth of the pods have half of the spans: real systems are skewed.
    connection.execute(
        f"""INSERT INTO spans SELECT pod, t // {joins.BUCKET_NS}, t, d, f FROM (
        SELECT CASE WHEN random() < 0.5 THEN floor(random() * {pods // 10}) ELSE floor(random() * {pods}) END::INTEGER AS pod,
        floor(random() * {hour})::BIGINT AS t, floor(random() * 1e9)::BIGINT AS d, (random() < 0.01)::INTEGER AS f FROM range({millions}000000))"""
    )
    connection.execute(
        f"""CREATE TABLE w AS SELECT i::INTEGER AS id, floor(random() * {pods})::INTEGER AS pod, s, s + 30000000000 + floor(random() * 90000000000)::BIGINT AS e
        FROM (SELECT range AS i, floor(random() * {hour})::BIGINT AS s FROM range(200000))"""
    )
    for name, widen in (("windows", 0), ("near_windows", joins.NEAR_NS)):
        connection.execute(
            f"""INSERT INTO {name} SELECT id, pod, unnest(generate_series((s - {widen}) // {joins.BUCKET_NS}, (e + {widen}) // {joins.BUCKET_NS})), s - {widen}, e + {widen} FROM w"""
        )
    connection.execute(
        f"""INSERT INTO events SELECT floor(random() * {pods})::INTEGER, t // {joins.BUCKET_NS}, t, 1
        FROM (SELECT floor(random() * {hour})::BIGINT AS t FROM range(50000))"""
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = []
    cpu = []
    for _ in range(3):
        started, used = time.perf_counter(), time.process_time()
        rows = joins.joined(connection)
        seconds.append(time.perf_counter() - started)
        cpu.append(time.process_time() - used)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    naive = joins.QUERY.replace("AND s.bucket = w.bucket", "").replace("AND e.bucket = w.bucket", "")
    naive = naive.replace("FROM spans AS s JOIN windows", "FROM spans AS s JOIN plain").replace(
        "JOIN near_windows", "JOIN near_plain"
    )
    for name, of in (("plain", "windows"), ("near_plain", "near_windows")):
        connection.execute(f"CREATE TABLE {name} AS SELECT DISTINCT id, pod, start_ns, end_ns FROM {of}")
    started, used = time.perf_counter(), time.process_time()
    same = connection.execute(naive).fetchall()
    without, without_cpu = time.perf_counter() - started, time.process_time() - used
    return {
        "name": f"incidents-join-{millions}M",
        "rows": len(rows),
        "seconds": round(min(seconds), 2),
        "cpu_seconds": round(min(cpu), 2),
        "peer": "the same join without buckets",
        "peer_seconds": round(without, 2),
        "peer_cpu_seconds": round(without_cpu, 2),
        "equal": same == rows,
        "peak_mb": peak // 1024,
        "before_join_mb": before // 1024,
    }


SPANS = 1000
"""Spans of one request."""


def request(number: int):
    """A request of 10 pods with 100 spans each."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    made = ExportTraceServiceRequest()
    now = time.time_ns()
    for pod in range(10):
        resource = made.resource_spans.add()
        for name, value in (
            ("k8s.pod.name", f"cart-57f6b9d5c-{pod:05d}"),
            ("service.name", "cart"),
            ("k8s.namespace.name", "shop"),
        ):
            resource.resource.attributes.add(key=name).value.string_value = value
        spans = resource.scope_spans.add().spans
        for i in range(number * SPANS + pod * 100, number * SPANS + pod * 100 + 100):
            span = spans.add(
                name=f"GET /op{i % 50}", start_time_unix_nano=now + i, end_time_unix_nano=now + i + 5_000_000, kind=2
            )
            span.trace_id, span.span_id = (i // 8).to_bytes(16, "big"), (i + 1).to_bytes(8, "big")
            span.parent_span_id = i.to_bytes(8, "big") if i % 8 else b""
            for a in range(10):
                span.attributes.add(key=f"http.attribute.{a}").value.string_value = f"value-{i % 97}-{a}"
    return made


def ingest() -> dict[str, object]:
    from google.protobuf.json_format import MessageToJson

    from gomend.incidents.inbox import Inbox
    from gomend.incidents.intake import JSON, PROTO, Intake
    from gomend.incidents.journal import Journal
    from gomend.incidents.labels import DEFAULT
    from gomend.incidents.rows import Case
    from gomend.incidents.settings import Bounds

    requests = [request(i) for i in range(200)]
    bodies = [r.SerializeToString() for r in requests]
    texts = [MessageToJson(r, indent=None).encode() for r in requests[:40]]

    async def taken(kind: str, sent: list[bytes], store: str) -> tuple[float, float]:
        inbox, case = Inbox(Bounds()), Case()
        intake = Intake(Journal(Path(store)), inbox, DEFAULT)
        wall, cpu = time.perf_counter(), time.process_time()
        for body in sent:
            await intake.otlp("traces", kind, body, "")
            inbox.pour(case)
        spans = len(sent) * SPANS
        return spans / (time.perf_counter() - wall), spans / (time.process_time() - cpu)

    with tempfile.TemporaryDirectory() as store:
        wall, cpu = asyncio.run(taken(PROTO, bodies, f"{store}/a"))
        _, peer = asyncio.run(taken(JSON, texts, f"{store}/b"))
    return {
        "name": "incidents-ingest",
        "spans_per_cpu_second": round(cpu),
        "spans_per_second": round(wall),
        "peer": "the same as OTLP JSON",
        "peer_spans_per_cpu_second": round(peer),
        **{f"serve_{how}_spans_per_cpu_second": served(how, bodies) for how in ("grpc", "http")},
    }


def served(how: str, bodies: list[bytes]) -> int:
    """Spans a second of processor time of a whole ``serve``, looking for incidents meanwhile."""
    import grpc

    sys.path.insert(0, str(Path(__file__).parent.parent))
    from tests.incidents.servers import post, serve
    from tests.incidents.test_grpc import EXPORT

    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder)) as running,
        grpc.insecure_channel(running.grpc) as channel,
    ):
        call = channel.unary_unary(EXPORT)
        before = processor(running.process.pid)
        for body in bodies:
            if how == "grpc":
                call(body, timeout=60)
            else:
                post(f"{running.http}/v1/traces", body, Content_Type="application/x-protobuf")
        spent = processor(running.process.pid) - before
        assert running.status()["seen"]["spans"] == len(bodies) * SPANS
    return round(len(bodies) * SPANS / spent)


def processor(pid: int) -> float:
    """Seconds of processor time that a process used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rank(folder: Path) -> dict[str, object]:
    from gomend.incidents.case import read
    from gomend.incidents.rank import diagnose

    ours: list[bool] = []
    theirs: list[bool] = []
    for case in json.loads((folder / "manifest.json").read_text())["cases"]:
        telemetry = read(str(folder / case["id"]))
        found = diagnose(telemetry)
        ours.append(bool(found.certain and found.suspects[0].service == case["root_cause_service"]))
        theirs.append(baro(telemetry, case))
    return {"name": "incidents-rank", "cases": len(ours), "top1": sum(ours) / len(ours), "baro_top1": sum(theirs) / len(theirs)}


def rows() -> list[dict[str, object]]:
    """For ``make bench``: gomend with all signals against BARO's robust scorer on the metrics, on the cases of the tests, seconds of processor."""
    from gomend.incidents.case import read
    from gomend.incidents.rank import diagnose

    data = ROOT / "tests" / "incidents" / "data"
    cases = sorted(p for p in data.iterdir() if (p / "metrics.parquet").exists())
    importlib.import_module("baro.root_cause_analysis")  # its imports are not its work
    ours, theirs = 0.0, 0.0
    for folder in cases:
        began = time.process_time()
        telemetry = read(str(folder))
        middle = time.process_time()
        found = diagnose(telemetry)
        done = time.process_time()
        baro(telemetry, {"inject_epoch": found.start // 10**9, "root_cause_service": ""})
        ours += done - began
        theirs += time.process_time() - done + middle - began
    name = f"gomend incidents rank / BARO, {len(cases)} cases"
    mine, peer = round(ours * 1000, 1), round(theirs * 1000, 1)
    return [{"name": name, "cpu_ms": mine, "peer_cpu_ms": peer, "cpu_ratio": round(ours / max(theirs, 1e-9), 2)}]


def baro(telemetry, case) -> bool:
    """BARO's robust scorer on the metrics of pods, told the moment of the injection."""
    import pandas as pd
    from baro.root_cause_analysis import robust_scorer

    rows: dict[int, dict[str, float]] = {}
    for s in telemetry.samples:
        if not s.metric.startswith("Node"):
            rows.setdefault(s.at // (60 * 10**9), {})[f"{telemetry.owners[s.pod]}_{s.metric}"] = s.value
    table = pd.DataFrame([{"time": t * 60, **rows[t]} for t in sorted(rows)]).ffill().fillna(0)
    ranks = robust_scorer(table, inject_time=case["inject_epoch"])["ranks"]
    return bool(ranks) and ranks[0].rsplit("_", 1)[0] == case["root_cause_service"]


if __name__ == "__main__":
    match sys.argv[1:2]:
        case ["rank"]:
            done = rank(Path(sys.argv[2]))
        case ["ingest"]:
            done = ingest()
        case _:
            done = join()
    print(json.dumps(done))
