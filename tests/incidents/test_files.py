"""Files for replay: the same telemetry in every form that is read gives the same rows."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import duckdb
import pytest

from gomend.incidents.case import BadCase, read
from gomend.incidents.rows import Case
from tests.incidents.test_otlp import exported
from tests.incidents.test_watch import event, pod

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def whole() -> Case:
    return read(str(DATA / "tickets-network"))


def same(found: Case, whole: Case) -> None:
    assert sorted(found.spans) == sorted(whole.spans)
    assert sorted(found.lines) == sorted(whole.lines)
    assert sorted(found.samples) == sorted(whole.samples)


def test_otlp_as_one_document_and_packed_lines(tmp_path: Path, whole: Case) -> None:
    requests = exported(whole)
    merged: dict[str, list[object]] = {}
    for request in requests:
        for key, value in request.items():
            merged.setdefault(key, []).extend(value)  # type: ignore[arg-type]
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "export.otlp.json").write_text(json.dumps(merged, indent=1))
    same(read(str(tmp_path / "a")), whole)
    (tmp_path / "b").mkdir()
    packed = gzip.compress("".join(json.dumps(r) + "\n" for r in requests).encode())
    (tmp_path / "b" / "export.otlp.jsonl.gz").write_bytes(packed)
    same(read(str(tmp_path / "b")), whole)
    (tmp_path / "b" / "export.otlp.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(BadCase, match=r"jsonl\.gz"):
        read(str(tmp_path / "b"))


@pytest.mark.parametrize("form", ["parquet", "csv", "json"])
def test_tables_as_the_collector_writes_them_for_columnar_stores(tmp_path: Path, whole: Case, form: str) -> None:
    """Timestamps and durations instead of two ends, pods among the attributes of the resource, a row for each value of a metric."""
    folder = str(DATA / "tickets-network")
    sink = duckdb.connect()
    attributes = "MAP {'k8s.pod.name': PodName}" if form == "parquet" else "PodName"
    name = "ResourceAttributes" if form == "parquet" else "k8s_pod_name"
    ending = "jsonl" if form == "json" else form
    sink.execute(
        f"""COPY (SELECT make_timestamp_ns(StartTimeUnixNano) AS "Timestamp", TraceID AS "TraceId", SpanID AS "SpanId", ParentID AS "ParentSpanId",
        OperationName AS "SpanName", EndTimeUnixNano - StartTimeUnixNano AS "Duration", {attributes} AS "{name}"
        FROM '{folder}/traces.parquet') TO '{tmp_path}/traces.{ending}' (FORMAT {form})"""
    )
    sink.execute("CREATE TABLE long (t TIMESTAMP_NS, pod VARCHAR, metric VARCHAR, v DOUBLE)")
    sink.executemany("INSERT INTO long VALUES (make_timestamp_ns(?), ?, ?, ?)", [list(s) for s in whole.samples[:300]])
    ending = "jsonl" if form == "json" else form
    sink.execute(
        f"""COPY (SELECT t AS "TimeUnix", pod, metric AS "MetricName", v AS "Value" FROM long) TO '{tmp_path}/metrics.{ending}'"""
    )
    found = read(str(tmp_path))
    assert [tuple(s)[:5] for s in sorted(found.spans)] == [tuple(s)[:5] for s in sorted(whole.spans)]
    off = [abs(a.start - b.start) + abs(a.end - b.end) for a, b in zip(sorted(found.spans), sorted(whole.spans), strict=True)]
    assert max(off) == 0 if form == "parquet" else max(off) < 4000, "text has microseconds"
    assert sorted((s.pod, s.metric, s.value) for s in found.samples) == sorted(
        (s.pod, s.metric, s.value) for s in whole.samples[:300]
    )


def test_what_servers_answered_and_people_saved(tmp_path: Path) -> None:
    for name in ("legacy-cart", "v3-cart"):
        shutil.copy(DATA / "jaeger" / f"{name}.json", tmp_path / f"{name}.jaeger.json")
    series = {"metric": {"pod": "cart-0"}, "values": [[1795844345, "0.5"], [1795844360, "0.75"]]}
    named = {"metric": {"__name__": "up", "pod": "cart-0"}, "values": [[1795844345, "1"]]}
    (tmp_path / "cpu.prometheus.json").write_text(
        json.dumps({"status": "success", "data": {"resultType": "matrix", "result": [series, named]}})
    )
    alert = {"labels": {"alertname": "Slow", "pod": "cart-0"}, "state": "firing", "activeAt": "2026-11-28T05:39:05.5Z"}
    (tmp_path / "x.alerts.json").write_text(json.dumps({"status": "success", "data": {"alerts": [alert]}}))
    (tmp_path / "x.k8s.json").write_text(json.dumps({"items": [pod("cart-57f6b9d5c-x2x4z"), event("e", "cart-0", "BackOff")]}))
    found = read(str(tmp_path))
    assert len(found.spans) == 4
    assert found.counts["spans.duplicate"] == 4, "the legacy API and v3 say the same, but for what is below a microsecond"
    assert sorted((s.metric, s.value) for s in found.samples) == [("cpu", 0.5), ("cpu", 0.75), ("up", 1.0)]
    assert sorted(e.reason for e in found.events) == ["Alert", "BackOff"]


@pytest.mark.parametrize("ending", [".otlp.json", ".jaeger.json", ".prometheus.json", ".alerts.json", ".k8s.json"])
def test_a_damaged_document_is_named(tmp_path: Path, ending: str) -> None:
    for body in (b"<html>", b'{"data": ', b"[" * 100_000, b"\xff"):
        (tmp_path / f"x{ending}").write_bytes(body)
        with pytest.raises(BadCase, match="no JSON"):
            read(str(tmp_path))
    for body in (b"[]", b"3", b'{"data": {"result": 3, "alerts": {}}, "result": {"resourceSpans": 4}, "items": 3}'):
        (tmp_path / f"x{ending}").write_bytes(body)
        read(str(tmp_path))


def test_times_that_are_written_with_an_offset_are_of_one_moment(tmp_path: Path) -> None:
    moments = (
        "2026-01-01T00:00:00Z",
        "2026-01-01 08:00:00+08:00",
        "2025-12-31T21:30:00-02:30",
        "2026-01-01T00:00:00",
        "2026-01-01 08:00:00+08",
    )
    (tmp_path / "logs.csv").write_text("Timestamp,pod,body\n" + "".join(f'"{m}",p-{n},x\n' for n, m in enumerate(moments)))
    (tmp_path / "metrics.csv").write_text("timestamp,pod,load\n" + "".join(f'"{m}",p-{n},1\n' for n, m in enumerate(moments)))
    found = read(str(tmp_path))
    assert [x.at for x in found.lines] == [1767225600 * 10**9] * 5
    assert [x.at for x in found.samples] == [1767225600 * 10**9] * 5
    (tmp_path / "logs.csv").write_text('Timestamp,pod,body\n"2026-01-01T00:00:00.123456789",p,x\n"later",p,y\n')
    assert [x.at for x in read(str(tmp_path)).lines] == [1767225600123456789]
