"""Write docs/incidents-engines.md: the join of incidents in DuckDB, ClickHouse (chDB), Spark and Polars on the same rows, in one run.

``python tools/incidents_engines.py FOLDER`` makes the tables as Parquet below FOLDER (1, 10 and 100 million spans, 200,000 windows, 50,000 events),
asks each engine in a process of its own, two threads each, keeps what came of it in ``tests/incidents/data/engines.json`` and writes the page.
``--page`` only writes the page. ``tools/incidents_engines.py ask ENGINE FOLDER [MEGABYTES]`` is what the processes run.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gomend.incidents import joins

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "incidents-engines.md"
DATA = ROOT / "tests" / "incidents" / "data" / "engines.json"
TABLES = ("spans", "windows", "near_windows", "events")
HOURS, PODS, WINDOWS, EVENTS = 6, 2000, 200_000, 50_000
BIG = 100
"""Millions that only the engine that spills is asked of."""
LIMIT_MB = 1200
"""What DuckDB may hold of :data:`BIG` million spans; the rest of the process comes on top."""
Rows = Sequence[tuple[int, ...]]
HEAD = """# One join, four engines

Made by `tools/incidents_engines.py`. Spans, metric windows and cluster events are joined on pod and time (decisions 50 and 57), by one SQL text that SQLGlot
translates; Polars has no such text and gets the same join in its own words. A tenth of the pods have half of the spans; rows come in no order, as late data does.
Each engine is asked three times in a process of its own with two threads, and the best counts; the largest is asked once. One run made the whole page, on
an otherwise idle machine. Seconds of processor of Spark are spent in its JVM and not counted.

"""


def make(folder: Path, millions: int) -> None:
    """The tables as Parquet files, the same for the same number; not compressed: codecs of the JVM are native code that does not load everywhere."""
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute("SET threads = 1")  # the same random rows each time
    connection.execute("SELECT setseed(0.5)")
    hour = HOURS * 3600 * 10**9
    for part in range(0, millions, 10):
        n = min(10, millions - part) * 10**6
        connection.execute(
            f"""COPY (SELECT pod, t // {joins.BUCKET_NS} AS bucket, t AS start_ns, d AS duration_ns, f AS failed FROM (
            SELECT CASE WHEN random() < 0.5 THEN floor(random() * {PODS // 10}) ELSE floor(random() * {PODS}) END::INTEGER AS pod,
            floor(random() * {hour})::BIGINT AS t, floor(random() * 1e9)::BIGINT AS d, (random() < 0.01)::INTEGER AS f FROM range({n})))
            TO '{folder / f"spans-{part:03}.parquet"}' (FORMAT parquet, COMPRESSION uncompressed)"""
        )
    connection.execute(
        f"""CREATE TABLE w AS SELECT i::INTEGER AS id, floor(random() * {PODS})::INTEGER AS pod, s, s + 30000000000 + floor(random() * 90000000000)::BIGINT AS e
        FROM (SELECT range AS i, floor(random() * {hour})::BIGINT AS s FROM range({WINDOWS}))"""
    )
    for name, widen in (("windows", 0), ("near_windows", joins.NEAR_NS)):
        connection.execute(
            f"""COPY (SELECT id, pod, unnest(generate_series((s - {widen}) // {joins.BUCKET_NS}, (e + {widen}) // {joins.BUCKET_NS})) AS bucket,
            s - {widen} AS start_ns, e + {widen} AS end_ns FROM w) TO '{folder / f"{name}.parquet"}' (FORMAT parquet, COMPRESSION uncompressed)"""
        )
    connection.execute(
        f"""COPY (SELECT floor(random() * {PODS})::INTEGER AS pod, t // {joins.BUCKET_NS} AS bucket, t AS at_ns, 1::INTEGER AS reason
        FROM (SELECT floor(random() * {hour})::BIGINT AS t FROM range({EVENTS}))) TO '{folder / "events.parquet"}' (FORMAT parquet, COMPRESSION uncompressed)"""
    )


def _files(folder: Path, table: str) -> str:
    return str(folder / f"{table}*.parquet")


def with_duckdb(folder: Path, megabytes: int) -> Callable[[], Rows]:
    import duckdb

    store = folder / "store.duckdb"
    store.unlink(missing_ok=True)
    connection = duckdb.connect(str(store) if megabytes else ":memory:")
    connection.execute("SET threads = 2")
    if megabytes:
        connection.execute(f"SET memory_limit = '{megabytes}MB'")
        connection.execute(f"SET temp_directory = '{folder / 'spill'}'")
        connection.execute("SET preserve_insertion_order = false")
    joins.create(connection)
    for table in TABLES:
        connection.execute(f"INSERT INTO {table} SELECT * FROM '{_files(folder, table)}'")
    return lambda: joins.joined(connection)


def with_clickhouse(folder: Path, megabytes: int) -> Callable[[], Rows]:
    from chdb import session

    connection = session.Session()
    connection.query("CREATE DATABASE i")
    connection.query("USE i")
    connection.query("SET max_threads = 2")
    for table in TABLES:
        name = table.removeprefix("near_")
        columns = joins.TABLES[name].replace("INTEGER", "Int32").replace("BIGINT", "Int64")
        connection.query(f"CREATE TABLE {table} ({columns}) {joins.CLICKHOUSE[name]}")
        connection.query(f"INSERT INTO {table} SELECT * FROM file('{_files(folder, table)}')")
    text = joins.translated("clickhouse")

    def ask() -> Rows:
        lines = str(connection.query(text, "CSV")).splitlines()
        return [tuple(int(v) for v in line.split(",")) for line in lines if line]

    return ask


def with_spark(folder: Path, megabytes: int) -> Callable[[], Rows]:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.driver.memory", "3g")
    spark = (
        builder.config("spark.sql.shuffle.partitions", "4")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    for table in TABLES:
        spark.read.parquet(_files(folder, table)).createOrReplaceTempView(table)
    text = joins.translated("spark")

    def ask() -> Rows:
        return [tuple(row) for row in spark.sql(text).collect()]

    return ask


def with_polars(folder: Path, megabytes: int) -> Callable[[], Rows]:
    import polars as pl

    tables = {table: pl.read_parquet(_files(folder, table)) for table in TABLES}

    def ask() -> Rows:
        c = pl.col
        spans = tables["spans"].lazy().join(tables["windows"].lazy(), on=["pod", "bucket"], suffix="_w")
        spans = spans.filter((c("start_ns") >= c("start_ns_w")) & (c("start_ns") <= c("end_ns")))
        by_span = spans.group_by("id").agg(
            pl.len().cast(pl.Int64).alias("spans"),
            c("failed").cast(pl.Int64).sum(),
            c("duration_ns").max().alias("slowest_ns"),
            c("start_ns").min().alias("first_ns"),
        )
        events = tables["events"].lazy().join(tables["near_windows"].lazy(), on=["pod", "bucket"])
        events = events.filter((c("at_ns") >= c("start_ns")) & (c("at_ns") <= c("end_ns")))
        by_event = events.group_by("id").agg(pl.len().cast(pl.Int64).alias("events"), c("at_ns").min().alias("first_event_ns"))
        whole = by_span.join(by_event, on="id", how="left").with_columns(c("events", "first_event_ns").fill_null(0)).sort("id")
        return whole.collect().rows()

    return ask


ENGINES: dict[str, Callable[[Path, int], Callable[[], Rows]]] = {
    "DuckDB": with_duckdb,
    "ClickHouse": with_clickhouse,
    "Polars": with_polars,
    "Spark": with_spark,
}


def ask(engine: str, folder: Path, megabytes: int) -> dict[str, Any]:
    """Load, ask three times; seconds, peak memory and a digest of the rows."""
    began = time.perf_counter()
    query = ENGINES[engine](folder, megabytes)
    loaded = time.perf_counter() - began
    seconds, cpu = [], []
    rows: Rows = ()
    for _ in range(1 if megabytes else 3):
        began, used = time.perf_counter(), time.process_time()
        rows = query()
        seconds.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
    digest = hashlib.sha256("\n".join(",".join(map(str, map(int, row))) for row in rows).encode()).hexdigest()[:16]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if engine == "Spark":  # its memory is the JVM's
        status = [Path(f"/proc/{p}/status") for p in os.listdir("/proc") if p.isdigit()]
        mine = [s.read_text() for s in status if s.exists() and f"PPid:\t{os.getpid()}\n" in s.read_text()]
        peak += max((int(t.split("VmHWM:")[1].split()[0]) // 1024 for t in mine if "VmHWM:" in t), default=0)
    return {
        "engine": engine,
        "load": round(loaded, 2),
        "seconds": round(min(seconds), 2),
        "cpu": round(min(cpu), 2) if engine != "Spark" else None,
        "peak_mb": peak,
        "rows": len(rows),
        "digest": digest,
    }


def page(results: dict[str, Any]) -> str:
    """The page of these results."""
    lines = [HEAD.rstrip("\n"), "", results["machine"], ""]
    for millions, answers in results["runs"].items():
        base = answers[0].get("cpu")
        lines += [f"## {millions} million spans, {WINDOWS:,} windows, {EVENTS:,} events", ""]
        lines += [
            "| engine | join, s | of processor | against DuckDB | load, s | peak, MB | rows | digest |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for a in answers:
            name = a["engine"] + (f" ({a['limit_mb']} MB allowed, on disk)" if a.get("limit_mb") else "")
            cpu = a.get("cpu")
            ratio = f"{cpu / base:.1f} ×" if cpu and base else "–"
            lines.append(
                f"| {name} | {a['seconds']} | {cpu or '–'} | {ratio} | {a['load']} | {a['peak_mb']} | {a['rows']:,} | `{a['digest']}` |"
            )
        lines.append("")
    lines += [
        "Equal digests are equal rows, bit for bit. ClickHouse keeps its tables so:",
        "",
        "```sql",
        *[f"CREATE TABLE {t} ({joins.TABLES[t]}) {joins.CLICKHOUSE[t]};" for t in joins.TABLES],
        "```",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    words = sys.argv[1:]
    if words[:1] == ["ask"]:
        print(json.dumps(ask(words[1], Path(words[2]), int(words[3]) if len(words) > 3 else 0)))
        return 0
    if words and words != ["--page"]:
        results: dict[str, Any] = {"machine": f"{os.cpu_count()} processors, {platform.machine()}.", "runs": {}}
        for millions in (1, 10, BIG):
            folder = Path(words[0]) / f"{millions}M"
            if not (folder / "events.parquet").exists():
                make(folder, millions)
            answers = []
            for engine in ENGINES if millions < BIG else ["DuckDB"]:
                limit = LIMIT_MB if millions == BIG else 0
                command = [sys.executable, __file__, "ask", engine, str(folder), str(limit)]
                done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=words[0])
                answers.append(json.loads(done.stdout.splitlines()[-1]) | ({"limit_mb": limit} if limit else {}))
                print(millions, answers[-1], flush=True)
            results["runs"][str(millions)] = answers
        DATA.write_text(json.dumps(results, indent=1) + "\n")
    PAGE.write_text(page(json.loads(DATA.read_text())))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
