"""Spans, metric windows and cluster events joined on pod and time: one SQL text for DuckDB, ClickHouse and Spark.

A range join compares everything with everything. Here each side carries a bucket of 60 seconds as one more key, so that engines hash first and
compare little: windows stand once in each bucket that they touch, spans and events in their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import duckdb

BUCKET_NS: Final = 60 * 10**9
"""Width of a bucket."""
NEAR_NS: Final = 120 * 10**9
"""An event so long before or after a window belongs to it: kubelet and scrapes are a minute late each."""

TABLES: Final = {
    "spans": "pod INTEGER, bucket BIGINT, start_ns BIGINT, duration_ns BIGINT, failed INTEGER",
    "windows": "id INTEGER, pod INTEGER, bucket BIGINT, start_ns BIGINT, end_ns BIGINT",
    "events": "pod INTEGER, bucket BIGINT, at_ns BIGINT, reason INTEGER",
}
"""Columns by table; pods and reasons are numbers (a dictionary keeps the names), ``windows`` has one row for each bucket it touches."""
CLICKHOUSE: Final = dict.fromkeys(TABLES, "ENGINE = MergeTree ORDER BY (pod, bucket)")
"""How ClickHouse keeps them: in the order in which they are joined."""

QUERY: Final = """
SELECT s.id AS id, s.spans AS spans, s.failed AS failed, s.slowest_ns AS slowest_ns, s.first_ns AS first_ns,
       COALESCE(e.events, 0) AS events, COALESCE(e.first_event_ns, 0) AS first_event_ns
FROM (
  SELECT w.id AS id, COUNT(*) AS spans, SUM(s.failed) AS failed, MAX(s.duration_ns) AS slowest_ns, MIN(s.start_ns) AS first_ns
  FROM spans AS s JOIN windows AS w ON s.pod = w.pod AND s.bucket = w.bucket
  WHERE s.start_ns >= w.start_ns AND s.start_ns <= w.end_ns
  GROUP BY w.id
) AS s
LEFT JOIN (
  SELECT w.id AS id, COUNT(*) AS events, MIN(e.at_ns) AS first_event_ns
  FROM events AS e JOIN near_windows AS w ON e.pod = w.pod AND e.bucket = w.bucket
  WHERE e.at_ns >= w.start_ns AND e.at_ns <= w.end_ns
  GROUP BY w.id
) AS e ON s.id = e.id
ORDER BY id
"""
"""Windows that have spans: how many, how many failed, the slowest, the first; and the events near them. ``near_windows`` is ``windows`` widened."""


class Window(NamedTuple):
    """A stretch in which a metric of a pod was odd, both ends included."""

    id: int
    pod: int
    start_ns: int
    end_ns: int


def rows_of(windows: Iterable[Window], widen_ns: int = 0) -> list[tuple[int, int, int, int, int]]:
    """The rows of ``windows``: one for each bucket that a window, widened on both sides, touches."""
    rows: list[tuple[int, int, int, int, int]] = []
    for w in windows:
        start, end = w.start_ns - widen_ns, w.end_ns + widen_ns
        rows += [(w.id, w.pod, bucket, start, end) for bucket in range(start // BUCKET_NS, end // BUCKET_NS + 1)]
    return rows


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """The tables, empty."""
    for name, columns in TABLES.items():
        connection.execute(f"CREATE TABLE {name} ({columns})")
    connection.execute(f"CREATE TABLE near_windows ({TABLES['windows']})")


def joined(connection: duckdb.DuckDBPyConnection) -> Sequence[tuple[int, ...]]:
    """The rows of :data:`QUERY`."""
    return connection.execute(QUERY).fetchall()


def translated(dialect: str) -> str:
    """The same query for ``clickhouse`` or ``spark``.

    Raises:
        ModuleNotFoundError: SQLGlot is not installed.
    """
    import sqlglot

    return sqlglot.transpile(QUERY, read="duckdb", write=dialect)[0]
