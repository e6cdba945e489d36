"""``gomend incidents rank`` on real telemetry of real faults."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

DATA = Path(__file__).parent / "data"
TRUTH = {
    "shop-network": ("cartservice", "network_delay", 1661142423),
    "shop-exception": ("productcatalogservice", None, 1661267068),
    "shop-metrics-only": ("adservice", None, 1661271773),
    "tickets-network": ("ts-route-service", "network_delay", 1675086276),
    "tickets-exception": ("ts-price-service", "exception", 1674992166),
}


def gomend(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "gomend", "incidents", *words], capture_output=True, text=True, check=False)


def ranked(folder: Path, *words: str) -> dict[str, Any]:
    done = gomend("rank", str(folder), "--format", "json", *words)
    assert done.returncode in {0, 1}, done.stderr
    assert done.stderr == ""
    answer = json.loads(done.stdout)
    assert done.returncode == bool(answer["incidents"])
    return answer


@pytest.mark.parametrize("name", TRUTH)
def test_the_injected_service_is_first(name: str) -> None:
    service, kind, _ = TRUTH[name]
    (incident,) = ranked(DATA / name)["incidents"]
    first = incident["root_causes"][0]
    assert first["service"] == service
    assert kind in {None, first["kind"]}
    assert first["evidence"]
    assert [c["rank"] for c in incident["root_causes"]].count(1) == 1


@pytest.mark.parametrize("name", ["tickets-network", "shop-exception"])
def test_names_do_not_matter(name: str, tmp_path: Path) -> None:
    """Every service gets a name that says nothing, in all files and inside log lines: the same suspects with the same scores."""
    before = ranked(DATA / name)["incidents"][0]["root_causes"]
    shutil.copytree(DATA / name, tmp_path / "case")
    connection = duckdb.connect()
    names: set[str] = set()
    for path in (tmp_path / "case").glob("*.parquet"):
        names |= {r[0].rsplit("-", 2)[0] for r in connection.execute(f"SELECT DISTINCT PodName FROM '{path}'").fetchall()}
    ordered = sorted(names, key=len, reverse=True)
    anonymous = {n: f"app{i:03}" for i, n in enumerate(sorted(names, key=hash))}
    for path in (tmp_path / "case").glob("*.parquet"):
        columns = [(r[0], r[1]) for r in connection.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()]
        terms = []
        for column, kind in columns:
            term = f'"{column}"'
            if kind == "VARCHAR" and column not in {"TraceID", "SpanID", "ParentID"}:
                for n in ordered:
                    term = f"replace({term}, '{n}', '{anonymous[n]}')"
            terms.append(f'{term} AS "{column}"')
        connection.execute(f"COPY (SELECT {', '.join(terms)} FROM '{path}') TO '{path}.new' (FORMAT parquet)")
        Path(f"{path}.new").rename(path)
    after = ranked(tmp_path / "case")["incidents"][0]["root_causes"]
    assert [(anonymous[c["service"]], c["score"]) for c in before[:3]] == [(c["service"], c["score"]) for c in after[:3]]


@pytest.mark.parametrize("gone", ["traces", "logs", "metrics"])
def test_any_part_may_be_missing(gone: str, tmp_path: Path) -> None:
    shutil.copytree(DATA / "tickets-network", tmp_path / "case")
    (tmp_path / "case" / f"{gone}.parquet").unlink()
    answer = ranked(tmp_path / "case")
    if gone != "traces":
        assert answer["incidents"][0]["root_causes"][0]["service"] == "ts-route-service"


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_other_file_forms_give_the_same_answer(suffix: str, tmp_path: Path) -> None:
    form = {".csv": "csv", ".jsonl": "json"}[suffix]
    for path in (DATA / "shop-network").glob("*.parquet"):
        duckdb.connect().execute(f"COPY (SELECT * FROM '{path}') TO '{tmp_path / path.stem}{suffix}' (FORMAT {form})")
    assert ranked(tmp_path)["incidents"] == ranked(DATA / "shop-network")["incidents"]


def test_an_event_of_the_cluster_is_evidence(tmp_path: Path) -> None:
    shutil.copytree(DATA / "shop-exception", tmp_path / "case")
    event = {"time_ns": 1661267070 * 10**9, "pod": "cartservice-579f59597d-wc2lz", "reason": "OOMKilled", "message": "exit 137"}
    (tmp_path / "case" / "events.jsonl").write_text(json.dumps(event) + "\n")
    first = ranked(tmp_path / "case")["incidents"][0]["root_causes"][0]
    assert (first["service"], first["kind"]) == ("cartservice", "memory")
    assert {"OOMKilled"} == {e["event"] for e in first["evidence"] if e["event"]}


def test_people_read_it_in_both_languages() -> None:
    english = gomend("rank", str(DATA / "shop-network"))
    chinese = gomend("rank", str(DATA / "shop-network"), "--lang", "zh-CN")
    assert "cartservice: network" in english.stdout
    assert "cartservice：网络" in chinese.stdout


@pytest.mark.parametrize("what", ["missing", "empty", "text", "columns", "directory"])
def test_bad_input_is_one_clear_message(what: str, tmp_path: Path) -> None:
    folder = tmp_path / "case"
    if what != "missing":
        folder.mkdir()
    if what == "text":
        (folder / "traces.parquet").write_text("not parquet")
    if what == "columns":
        duckdb.connect().execute(f"COPY (SELECT 1 AS a) TO '{folder / 'traces.parquet'}' (FORMAT parquet)")
    if what == "directory":
        (folder / "traces.parquet").mkdir()
    done = gomend("rank", str(folder))
    assert done.returncode == 2
    assert done.stdout == ""
    assert str(folder) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bad_time_is_refused() -> None:
    assert gomend("rank", str(DATA / "shop-network"), "--at", "yesterday").returncode == 2
    late = ranked(DATA / "shop-network", "--at", "2022-08-22T04:28:03Z")["incidents"][0]
    assert late["root_causes"][0]["service"] == "cartservice"


def test_without_the_extra_serve_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "aiohttp.py").write_text("raise ModuleNotFoundError('gone', name='aiohttp')")
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from gomend.apps.cli.main import run; sys.exit(run(sys.argv[1:]))"
    )
    words = [sys.executable, "-c", script, "incidents", "serve", "--store", str(tmp_path / "store")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "gomend[incidents]" in done.stderr
