"""The join of incidents in real engines: DuckDB, ClickHouse (chDB) and Spark, in batches and as a stream, give the same rows; the page says what was measured."""

from __future__ import annotations

import importlib.util
import json
import random
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

from gomend.incidents import joins

ROOT = Path(__file__).parent.parent.parent
SECOND = 10**9
Rows = list[tuple[int, ...]]

STREAMED = """
import json, sys
from pathlib import Path
from pyspark.sql import SparkSession
folder, text = Path(sys.argv[1]), sys.argv[2]
spark = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.sql.shuffle.partitions", "2").config("spark.sql.session.timeZone", "UTC").getOrCreate())
spark.sparkContext.setLogLevel("ERROR")
answers = []
for case in sorted(p for p in folder.iterdir() if p.is_dir()):
    for table in ("windows", "near_windows", "events"):
        spark.read.parquet(str(case / f"{table}.parquet")).createOrReplaceTempView(table)
    whole = spark.read.parquet(str(case / "spans"))
    whole.createOrReplaceTempView("spans")
    batch = [list(r) for r in spark.sql(text).collect()]
    stream = spark.readStream.schema(whole.schema).option("maxFilesPerTrigger", 1).parquet(str(case / "spans"))
    stream.createOrReplaceTempView("spans")
    query = spark.sql(text).writeStream.outputMode("complete").format("memory").queryName("told").trigger(availableNow=True).start()
    query.awaitTermination()
    batches = len(query.recentProgress)
    answers.append([batch, [list(r) for r in spark.sql("SELECT * FROM told ORDER BY id").collect()], batches])
print(json.dumps(answers))
"""


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("incidents_engines", ROOT / "tools" / "incidents_engines.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def golden(seed: int, pods: int, spans: int) -> duckdb.DuckDBPyConnection:
    """A case: half of the spans on the first pod, windows that touch buckets' edges, pods without windows, windows without spans."""
    rng = random.Random(seed)
    connection = duckdb.connect()
    joins.create(connection)
    rows = []
    for _ in range(spans):
        at = rng.randrange(900) * SECOND + rng.choice((0, 0, 1, SECOND - 1))
        rows.append(
            (
                0 if rng.random() < 0.5 else rng.randrange(pods),
                at // joins.BUCKET_NS,
                at,
                rng.randrange(10**9),
                rng.randrange(2),
            )
        )
    connection.executemany("INSERT INTO spans VALUES (?, ?, ?, ?, ?)", rows)
    windows = []
    for i in range(40):
        start = rng.randrange(15) * joins.BUCKET_NS + rng.choice((0, -1, 1, 30 * SECOND))
        windows.append(joins.Window(i, rng.randrange(pods + 1), start, start + rng.choice((0, 1, 59, 60, 150)) * SECOND))
    for name, widen in (("windows", 0), ("near_windows", joins.NEAR_NS)):
        connection.executemany(f"INSERT INTO {name} VALUES (?, ?, ?, ?, ?)", joins.rows_of(windows, widen))
    events = [(rng.randrange(pods), at // joins.BUCKET_NS, at, 1) for at in (rng.randrange(900) * SECOND for _ in range(30))]
    connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", events)
    return connection


@pytest.mark.full
def test_spark_answers_the_same_in_batches_and_as_a_stream(tmp_path: Path) -> None:
    """Spans come to the stream in four files, the oldest of them last: late data is counted as if it had come in time."""
    expected: list[Rows] = []
    for n, (pods, spans) in enumerate(((1, 50), (5, 800), (40, 3000))):
        connection = golden(n, pods, spans)
        expected.append([tuple(r) for r in joins.joined(connection)])
        folder = tmp_path / "cases" / str(n)
        (folder / "spans").mkdir(parents=True)
        for table in ("windows", "near_windows", "events"):
            connection.execute(f"COPY {table} TO '{folder / f'{table}.parquet'}' (FORMAT parquet, COMPRESSION uncompressed)")
        for part in range(4):
            path = folder / "spans" / f"{part}.parquet"
            connection.execute(
                f"COPY (SELECT * FROM spans WHERE bucket % 4 = {3 - part}) TO '{path}' (FORMAT parquet, COMPRESSION uncompressed)"
            )
    words = [sys.executable, "-c", STREAMED, str(tmp_path / "cases"), joins.translated("spark")]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path)
    answers = json.loads(done.stdout.splitlines()[-1])
    assert [[tuple(r) for r in batch] for batch, _, _ in answers] == expected
    assert [[tuple(r) for r in stream] for _, stream, _ in answers] == expected
    assert [batches for _, _, batches in answers] == [4, 4, 4]
    assert all(len(rows) > 5 for rows in expected)


@pytest.mark.full
def test_polars_in_its_own_words_answers_the_same(tmp_path: Path) -> None:
    made = tool()
    connection = golden(7, 12, 2000)
    for table in made.TABLES:
        connection.execute(f"COPY {table} TO '{tmp_path / f'{table}.parquet'}' (FORMAT parquet, COMPRESSION uncompressed)")
    assert list(made.with_polars(tmp_path, 0)()) == [tuple(r) for r in joins.joined(connection)]


def test_the_page_of_engines_is_made_from_its_results() -> None:
    made = tool()
    results = json.loads(made.DATA.read_text())
    assert made.PAGE.read_text() == made.page(results)
    for answers in results["runs"].values():
        assert len({a["digest"] for a in answers}) == 1
    (big,) = results["runs"][str(made.BIG)]
    assert big["peak_mb"] <= 2000
