"""The join of incidents at scale, and the ranking against BARO on the same cases.

``python bench/incidents.py join`` makes 10 million spans, 200,000 windows and 50,000 events (``MILLIONS=100`` more) and joins them in DuckDB on two threads.
``python bench/incidents.py rank FOLDER`` asks the peer ``fse-baro`` and gomend of every case below FOLDER, in one run; ``make bench`` asks them of the tests' cases.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
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
    done = rank(Path(sys.argv[2])) if sys.argv[1:2] == ["rank"] else join()
    print(json.dumps(done))
