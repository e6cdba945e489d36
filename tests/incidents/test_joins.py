"""The join of spans, windows and events: against a slow oracle, and the same rows from DuckDB and ClickHouse."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from gomend.incidents import joins

SECOND = 10**9
PODS = st.integers(0, 3)
TIMES = st.integers(0, 600).map(lambda s: s * SECOND // 2)
SPANS = st.lists(st.tuples(PODS, TIMES, st.integers(0, 5), st.integers(0, 1)), max_size=40)
WINDOWS = st.lists(st.tuples(PODS, TIMES, st.integers(0, 200)), max_size=8)
EVENTS = st.lists(st.tuples(PODS, TIMES, st.integers(0, 2)), max_size=8)
Rows = list[tuple[int, ...]]


def filled(spans: Rows, windows: list[joins.Window], events: Rows) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    joins.create(connection)
    for pod, at, duration, failed in spans:
        connection.execute("INSERT INTO spans VALUES (?, ?, ?, ?, ?)", [pod, at // joins.BUCKET_NS, at, duration, failed])
    for name, widen in (("windows", 0), ("near_windows", joins.NEAR_NS)):
        for row in joins.rows_of(windows, widen):
            connection.execute(f"INSERT INTO {name} VALUES (?, ?, ?, ?, ?)", list(row))
    for pod, at, reason in events:
        connection.execute("INSERT INTO events VALUES (?, ?, ?, ?)", [pod, at // joins.BUCKET_NS, at, reason])
    return connection


def oracle(spans: Rows, windows: list[joins.Window], events: Rows) -> Rows:
    rows = []
    for w in windows:
        inside = [s for s in spans if s[0] == w.pod and w.start_ns <= s[1] <= w.end_ns]
        near = [e[1] for e in events if e[0] == w.pod and w.start_ns - joins.NEAR_NS <= e[1] <= w.end_ns + joins.NEAR_NS]
        if inside:
            slowest, first = max(s[2] for s in inside), min(s[1] for s in inside)
            rows.append((w.id, len(inside), sum(s[3] for s in inside), slowest, first, len(near), min(near, default=0)))
    return rows


def windows_of(raw: list[tuple[int, int, int]]) -> list[joins.Window]:
    return [joins.Window(i, pod, start, start + seconds * SECOND) for i, (pod, start, seconds) in enumerate(raw)]


@given(SPANS, WINDOWS, EVENTS)
@settings(max_examples=25, deadline=None)
def test_it_joins_what_a_loop_over_everything_joins(spans: Rows, windows: list[tuple[int, int, int]], events: Rows) -> None:
    made = windows_of(windows)
    assert joins.joined(filled(spans, made, events)) == oracle(spans, made, events)


def test_clickhouse_answers_the_same(tmp_path: Path) -> None:
    """The translated text in a real ClickHouse (chDB, in a process of its own), on the same tables in its own order."""
    spans = [(i % 7, (i * 37 % 900) * SECOND, i % 1000, i % 50 == 0) for i in range(3000)]
    windows = windows_of([(i % 7, (i * 53 % 850) * SECOND, 30 + i % 90) for i in range(200)])
    events = [(i % 7, (i * 97 % 900) * SECOND, 1) for i in range(40)]
    connection = filled([(p, t, d, int(f)) for p, t, d, f in spans], windows, events)
    ours = joins.joined(connection)
    assert len(ours) > 100
    script = ["from chdb import session", "s = session.Session()", "s.query('CREATE DATABASE i')", "s.query('USE i')"]
    for table in ("spans", "windows", "near_windows", "events"):
        path = tmp_path / f"{table}.parquet"
        connection.execute(f"COPY {table} TO '{path}' (FORMAT parquet)")
        columns = joins.TABLES[table.removeprefix("near_")].replace("INTEGER", "Int32").replace("BIGINT", "Int64")
        script.append(f"s.query('CREATE TABLE {table} ({columns}) {joins.CLICKHOUSE[table.removeprefix('near_')]}')")
        script.append(f"s.query(\"INSERT INTO {table} SELECT * FROM file('{path}')\")")
    script.append(f"print(s.query({joins.translated('clickhouse')!r}, 'CSV'), end='')")
    done = subprocess.run([sys.executable, "-c", "\n".join(script)], capture_output=True, text=True, check=True, cwd=tmp_path)
    theirs = [tuple(int(v) for v in line.split(",")) for line in done.stdout.splitlines() if line]
    assert theirs == ours


@pytest.mark.parametrize("dialect", ["clickhouse", "spark"])
def test_the_translated_text_is_of_that_dialect(dialect: str) -> None:
    text = joins.translated(dialect)
    assert sqlglot.parse_one(text, read=dialect).sql(dialect=dialect) == text
