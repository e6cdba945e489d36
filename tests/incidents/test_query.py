"""SQL over a folder of telemetry."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb

DATA = Path(__file__).parent / "data" / "tickets-network"


def query(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gomend", "incidents", "query", *words], capture_output=True, text=True, check=False
    )


def test_views_have_our_names_and_all_rows() -> None:
    done = query(str(DATA), 'SELECT count(*) AS n, min("start") AS first FROM spans', "--format", "json")
    straight = duckdb.connect().execute(f"SELECT count(*), min(StartTimeUnixNano) FROM '{DATA / 'traces.parquet'}'").fetchone()
    assert tuple(json.loads(done.stdout).values()) == straight
    table = query(str(DATA), "SELECT pod, count(*) AS n FROM lines GROUP BY pod ORDER BY n DESC LIMIT 2")
    assert table.stdout.splitlines()[0].split() == ["pod", "n"]
    assert len(table.stdout.splitlines()) == 3


def test_a_wrong_query_or_folder_is_one_message(tmp_path: Path) -> None:
    for words in ((str(DATA), "SELEC 1"), (str(DATA), "SELECT nothing FROM spans"), (str(tmp_path), "SELECT 1")):
        done = query(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr
