"""The same history from every source gives the same verdict: Prometheus, CSV, Parquet, SQLite and logs."""

from __future__ import annotations

import csv
import datetime as dt
import json
import sqlite3
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.slo import servers
from tests.slo.conftest import DAY, errors
from tests.slo.servers import AT
from tests.slo.test_gate import CHECKOUT, gate

BASE = CHECKOUT.partition("    sli:")[0]
ROWS = [{"time": t, "good": 600 - errors(t), "total": 600} for t in range(AT - 6 * DAY, AT + 1, 60)]


def slo(sli: str) -> str:
    return f"{BASE}    sli:\n      any: {{{sli}}}\n"


def table(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    with (tmp_path / "h.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def test_all_sources_agree(shop: servers.Prometheus, tmp_path: Path) -> None:
    table(tmp_path, ROWS)
    columns = {name: [row[name] for row in ROWS] for name in ROWS[0]}
    parquet.write_table(pa.table(columns), tmp_path / "h.parquet")
    base = sqlite3.connect(tmp_path / "h.db")
    base.execute("create table h (time integer, good integer, total integer)")
    base.executemany("insert into h values (:time, :good, :total)", ROWS)
    base.commit()
    base.close()
    source = f'{{"db": {{"kind": "sql", "url": "sqlite:///{tmp_path}/h.db"}}}}'
    answers = {
        "promql": gate(tmp_path, CHECKOUT.replace("JOB", "checkout"), "--prometheus", shop.url, "--at", str(AT)),
        "csv": gate(tmp_path, slo("source: csv, path: h.csv, good: good, total: total"), "--at", str(AT)),
        "parquet": gate(tmp_path, slo("source: parquet, path: h.parquet, good: good, total: total"), "--at", str(AT)),
    }
    query = '"select time, good, total from h where time > :start and time <= :end"'
    text = slo(f"source: sql, good: good, total: total, query: {query}") + f"sources: {source}\n"
    answers["sql"] = gate(tmp_path, text, "--at", str(AT))
    told = {}
    for name, (code, answer, _) in answers.items():
        (found,) = answer["objectives"]
        numbers = {k: round(float(v), 3) for k, v in found["burn_rates"].items()}
        told[name] = (code, found["verdict"], found["statuses"], numbers)
    assert told["csv"][:2] == (1, "block")
    assert len(told["csv"][3]) == 6
    assert told["parquet"] == told["csv"] == told["sql"]
    assert told["promql"][:3] == told["csv"][:3]
    for window, rate in told["csv"][3].items():
        assert told["promql"][3][window] == pytest.approx(rate, rel=0.01), window


@pytest.mark.parametrize("form", ["json", "combined", "logfmt"])
def test_logs_are_counted(form: str, tmp_path: Path) -> None:
    lines = []
    for at in range(AT - 3599, AT + 1):
        status, when = ("500" if at > AT - 1200 and at % 5 == 0 else "200"), dt.datetime.fromtimestamp(at, dt.UTC)
        lines.append(
            {
                "json": json.dumps({"time": when.isoformat(), "status": int(status), "duration": 0.25}),
                "combined": f'127.0.0.1 - - [{when:%d/%b/%Y:%H:%M:%S +0000}] "GET / HTTP/1.1" {status} 12 "-" "curl \\"x\\"" 0.25',
                "logfmt": f'time={when.isoformat()} status={status} msg="a b" duration=0.25',
            }[form]
        )
    (tmp_path / "access.log").write_text("\n".join([*lines, "noise"]) + "\n")
    text = slo(f"source: log, path: access.log, format: {form}, good: 2xx 3xx")
    code, answer, _ = gate(tmp_path, text, "--at", str(AT))
    (found,) = answer["objectives"]
    assert (code, found["verdict"], found["latest"], found["streak"]) == (1, "block", "0.8", 4)
    assert "1 of 3601 lines cannot be read" in found["warnings"]
    value = """
  - name: latency
    objective: 200
    unit: ms
    policy: {mode: relative, better: lower}
    sli: {any: {source: log, path: access.log, format: FORM, value: duration, unit: s, statistic: p95}}
"""
    code, answer, _ = gate(tmp_path, value.replace("FORM", form), "--at", str(AT))
    assert (code, answer["objectives"][0]["latest"], answer["objectives"][0]["limit"]) == (1, "250", "220")


BAD_TABLES = [
    ("time,good\n", "no column 'total'|no value"),
    ("time,good,total\nyesterday,1,1\n", "row 1: time: 'yesterday' is no time"),
    (f"time,good,total\n{AT},many,1\n", "row 1: 'many' is no number"),
    (f"time,good,total\n{AT},1,1\n{AT},1,1\n", "row 2: a second row"),
    (f"time,good,total\n{AT},1\n", "line 2 has more or fewer cells"),
    (f"time,good,total\n{AT},5,1\n", "no value"),
    (f"time,good,total\n{AT},NaN,NaN\n", "no value"),
    ("time,time,good,total\n", "twice"),
    ("", "no value"),
    ('time,good,total\n"\n', "unexpected end of data"),
    ("\x00PAR1", "no value|NUL"),
]


@pytest.mark.parametrize(("text", "says"), BAD_TABLES)
def test_a_bad_table_is_unknown(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_text(text)
    code, answer, _ = gate(tmp_path, slo("source: csv, path: h.csv, good: good, total: total"), "--at", str(AT))
    assert (code, answer["verdict"]) == (4, "unknown")
    assert any(word in answer["objectives"][0]["reason"] for word in says.split("|")), answer["objectives"][0]["reason"]


def test_an_empty_cell_is_no_count_of_nothing(tmp_path: Path) -> None:
    rows = [{"time": t, "good": "" if t > AT - 900 else 100, "total": 100} for t in range(AT - 7200, AT + 1, 300)]
    table(tmp_path, rows)
    code, answer, _ = gate(tmp_path, slo("source: csv, path: h.csv, good: good, total: total"), "--at", str(AT))
    assert (code, answer["verdict"], answer["objectives"][0]["statuses"][-4:]) == (
        4,
        "unknown",
        ["ok", "missing", "missing", "missing"],
    )


def test_two_values_in_one_period_are_not_averaged(tmp_path: Path) -> None:
    table(tmp_path, [{"time": AT - 60, "p95": 1}, {"time": AT, "p95": 2}])
    text = BASE.replace("mode: budget", "mode: absolute") + "    sli: {any: {source: csv, path: h.csv, value: p95}}\n"
    code, answer, _ = gate(tmp_path, text, "--at", str(AT))
    assert code == 4
    assert "mean is another number" in answer["objectives"][0]["reason"]


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    text = slo("source: sql, good: good, total: total, query: select 1")
    for url, says in (
        ("mysql://root:hidden@127.0.0.1:9/x", "refused"),
        (f"sqlite:///{tmp_path}/none/x.db", "unable to open"),
        ("odd://x", "odd"),
    ):
        code, answer, said = gate(tmp_path, text + f'sources: {{db: {{kind: sql, url: "{url}"}}}}\n', "--at", str(AT))
        reason = answer["objectives"][0]["reason"]
        assert (code, says in reason.lower()) == (4, True), reason
        assert "hidden" not in reason + said
