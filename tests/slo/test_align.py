"""Three teams' definitions: what differs, which queries do not work, and that the replacements do, on real servers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
from pathlib import Path
from typing import Any

import pymysql
import pytest

from gomend.ports import sql
from tests.slo import servers
from tests.slo.servers import AT

DATA = Path(__file__).parent / "data" / "definitions.yaml"


def align(path: Path, *words: str) -> tuple[int, Any]:
    argv = [sys.executable, "-m", "gomend", "slo", "align", "--config", str(path), *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return done.returncode, json.loads(done.stdout) if "json" in words else done.stdout


def slis(*words: str) -> dict[str, dict[str, Any]]:
    _, answer = align(DATA, "--format", "json", *words)
    return {each["name"]: each for each in answer["slis"]}


def test_every_divergence_of_the_table_is_found() -> None:
    found = {name: [d["code"] for d in each["divergences"]] for name, each in slis().items()}
    assert found == {
        "availability": ["RANGE_UNBOUNDED", "GOOD_SET_DIFFERS", "POPULATION_DIFFERS", "PLACE_DIFFERS"],
        "latency": [
            "INVALID_QUERY", "POPULATION_DIFFERS", "PLACE_DIFFERS", "STATISTIC_DIFFERS", "UNIT_DIFFERS", "SAMPLING_DIFFERS",
            "CUMULATIVE", "WEIGHTING_DIFFERS", "NO_OBJECTIVE",
        ],
        "consistency": ["POPULATION_DIFFERS", "PLACE_DIFFERS", "UNIT_DIFFERS", "NOT_CONVERTIBLE", "NO_OBJECTIVE"],
        "memory": ["INVALID_QUERY", "NO_OBJECTIVE"],
    }  # fmt: skip


def test_the_numbers_disagree_as_recorded() -> None:
    told = {(n["team"], n["reading"]): (n["value"], n["verdict"]) for n in slis()["availability"]["numbers"]}
    assert told == {
        ("dev", ""): ("192", ""),
        ("sre", ""): ("0.96", "missed by 0.035"),
        ("dba", ""): (None, ""),
        ("dev", "2xx/(2xx+5xx)"): ("0.99481", "missed by 0.00018"),
        ("-", "1 - 5xx/all"): ("0.995", "met"),
    }


def test_the_broken_promql_and_its_replacement_on_a_real_server(shop: servers.Prometheus) -> None:
    (broken,) = [d for d in slis()["memory"]["divergences"] if d["code"] == "INVALID_QUERY"]
    query = slis()["memory"]["definitions"]["sre"]["text"]
    with pytest.raises(urllib.error.HTTPError, match="400"):
        shop.query(query)
    mended = broken["replacement"].replace("process_resident_memory_bytes", "memory_bytes").replace("mysql", "db")
    assert shop.query(mended, AT) == []
    (found,) = shop.query(mended.replace("> 1.2", "< 1.2"), AT)
    assert found["value"][1] == "1000"


def test_the_broken_sql_and_its_replacement_on_a_real_server(tmp_path: Path) -> None:
    (broken,) = [d for d in slis()["latency"]["divergences"] if d["code"] == "INVALID_QUERY"]
    query = slis()["latency"]["definitions"]["dba"]["text"]
    with servers.mariadb(tmp_path) as url:
        for words in (
            "create database shop", "create table shop.orders (id int auto_increment primary key, total int)",
            "create table shop.other (id int)",
        ):  # fmt: skip
            assert "no rows" in sql.ask(url, words, {}).problem
        for _ in range(5):
            sql.ask(f"{url}/shop", "INSERT INTO orders (total) VALUES (sleep(0.02))", {})
        assert "QUERY_TIME" in sql.ask(url, query, {}).problem
        unquoted = broken["replacement"].replace("`", "")
        assert sql.ask(url, unquoted, {}).rows == ((None,),), "the pattern without quotes matches nothing"
        ((seconds,),) = sql.ask(url, broken["replacement"], {}).rows
        assert 0.02 <= float(seconds) < 1
        counted = "select count_star from performance_schema.events_statements_summary_by_digest where digest_text like '%INSERT INTO `orders`%'"
        assert sql.ask(url, counted, {}).rows == ((5,),)
        sql_gate(tmp_path, url)


def sql_gate(tmp_path: Path, url: str) -> None:
    """The gate on orders in the same database: a driver's numbers and times, `:start` and `:end`, `NULL`."""
    sql.ask(f"{url}/shop", "create table periods (at datetime, good decimal(20,4), total int)", {})
    rows = ", ".join(
        f"(from_unixtime({t}), {90 if t > AT - 900 else 'NULL' if t == AT - 1500 else 100}, 100)"
        for t in range(AT - 7200, AT + 1, 300)
    )
    port = int(url.rpartition(":")[2])
    line = pymysql.connect(host="127.0.0.1", port=port, user="root", database="shop", autocommit=True)
    with line.cursor() as cursor:
        cursor.execute("set time_zone = '+00:00'")
        cursor.execute(f"insert into periods values {rows}")
    line.close()
    query = "select unix_timestamp(at) as time, good, total from periods where at > from_unixtime(:start) and at <= from_unixtime(:end)"
    slo = {
        "sources": {"db": {"kind": "sql", "url_env": "SHOP_DB"}},
        "slos": [
            {
                "name": "orders",
                "objective": "0.99",
                "policy": {"mode": "budget"},
                "sli": {"dba": {"source": "sql", "query": query, "good": "good", "total": "total"}},
            }
        ],
    }
    (tmp_path / "slo.yaml").write_text(json.dumps(slo))
    argv = [
        sys.executable,
        "-m",
        "gomend",
        "slo",
        "gate",
        "--config",
        str(tmp_path / "slo.yaml"),
        "--at",
        str(AT),
        "--format",
        "json",
    ]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env={**os.environ, "SHOP_DB": f"{url}/shop"})
    (found,) = json.loads(done.stdout)["objectives"]
    assert (done.returncode, found["verdict"], found["latest"], found["streak"]) == (1, "block", "0.9", 3), found


LIVE = """
slos:
  - name: checkout
    objective: 0.95
    unit: ratio
    sli:
      sre: {source: promql, good: 'sum(increase(http_requests_total{job="checkout",code=~"2.."}[$window]))',
            total: 'sum(increase(http_requests_total{job="checkout"}[$window]))'}
      dev: {source: prose, says: HTTP 2xx/5xx ratio}
      dba: {source: promql, value: 'avg_over_time(memory_bytes{job="db"}[5m])', unit: bytes, population: memory, place: database}
"""


def test_live_data_shows_the_disagreement(shop: servers.Prometheus, tmp_path: Path) -> None:
    (tmp_path / "slo.yaml").write_text(LIVE)
    code, answer = align(tmp_path / "slo.yaml", "--prometheus", shop.url, "--at", str(AT), "--format", "json")
    (found,) = answer["slis"]
    assert code == 1
    assert found["counts"] == {"2xx": "2700", "5xx": "300"}
    told = {(n["team"], n["reading"]): n["value"] for n in found["numbers"]}
    assert told[("sre", "")] == "0.9"
    assert told[("dev", "")] == "9"
    codes = [d["code"] for d in found["divergences"]]
    assert {"RANGE_UNBOUNDED", "GOOD_SET_DIFFERS", "POPULATION_DIFFERS", "PLACE_DIFFERS", "NOT_CONVERTIBLE"} <= set(codes)


SAME = """
definitions:
  - sli: a
    objective: 99.9%
    dev: sum(rate(http_requests_total{code=~"2..|3.."}[5m])) / sum(rate(http_requests_total[5m]))
    sre: 1 - sum(rate(http_requests_total{code!~"2..|3.."}[5m])) / sum(rate(http_requests_total[5m]))
"""


def test_two_ways_to_say_the_same_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "d.yaml").write_text(SAME)
    code, answer = align(tmp_path / "d.yaml", "--format", "json")
    assert (code, answer["slis"][0]["divergences"]) == (0, [])


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [
        ("avg(rate(http_requests_total[5m]) / rate(http_all_total[5m]))", "sum(rate(http_requests_total[5m])) / sum(rate(http_all_total[5m]))", "WEIGHTING_DIFFERS"),
        ("http_requests_total", "sum(rate(http_requests_total[5m]))", "CUMULATIVE"),
        ("sum(rate(http_requests_total[5m]))", "sum(rate(http_requests_total[1h]))", "WINDOW_DIFFERS"),
        ("histogram_quantile(0.95, sum by (le) (rate(http_seconds_bucket[5m])))", "rate(http_seconds_sum[5m]) / rate(http_seconds_count[5m])", "STATISTIC_DIFFERS"),
        ("P95 of http requests in ms", "P95 of http requests, 2 seconds at most", "UNIT_DIFFERS"),
        ("sum(rate(http_requests_total[5m])", "P99", "INVALID_QUERY"),
        ("select from where", "P99", "INVALID_QUERY"),
    ],
)  # fmt: skip
def test_single_differences(one: str, other: str, code: str, tmp_path: Path) -> None:
    text = {"definitions": [{"sli": "x", "dev": one, "sre": other}]}
    (tmp_path / "d.yaml").write_text(json.dumps(text))
    _, answer = align(tmp_path / "d.yaml", "--format", "json")
    assert code in [d["code"] for d in answer["slis"][0]["divergences"]]


def test_the_white_paper_has_all_of_it_in_both_languages() -> None:
    for form in ("md", "html"):
        for language, says in (("en", "Where they differ"), ("zh-CN", "分歧")):
            _, text = align(DATA, "--format", form, "--lang", language)
            assert says in text
            assert "INVALID_QUERY" in text
            assert "`orders`" in text
    assert "<script" not in text
