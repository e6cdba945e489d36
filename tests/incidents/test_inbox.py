"""Bounds: names without end neither fill the memory nor go unnoticed; what is late, doubled or from the future does no harm; retention works while serving."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
import time
from pathlib import Path

import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomend.apps.incidents.intaking import restore
from gomend.incidents.case import read
from gomend.incidents.inbox import OTHER, Inbox
from gomend.incidents.journal import Journal
from gomend.incidents.rank import diagnose
from gomend.incidents.rows import Case, Event, Line, Sample, Span
from gomend.incidents.settings import BadSetup, Bounds, Retention, decoded
from tests.incidents.servers import post, serve
from tests.incidents.test_grpc import call, request

NOW = time.time_ns()
NAMES = st.sampled_from([f"n{i}" for i in range(12)])
ROWS = st.lists(
    st.tuples(st.sampled_from(["span", "line", "sample", "event"]), NAMES, NAMES, st.integers(NOW - 10**12, NOW)), max_size=40
)


def batch(rows: list[tuple[str, str, str, int]]) -> Case:
    made = Case()
    for i, (kind, pod, name, at) in enumerate(rows):
        made.owners[pod] = pod
        if kind == "span":
            made.spans.append(Span(f"{i}", f"{at}", "", pod, name, at, at + 1))
        elif kind == "line":
            made.lines.append(Line(at, pod, "", "", name))
        elif kind == "sample":
            made.samples.append(Sample(at, pod, name, 1.0))
        else:
            made.events.append(Event(at, pod, name, ""))
    return made


@given(st.lists(ROWS, max_size=6), st.integers(1, 8), st.integers(1, 8), st.integers(1, 8))
@settings(deadline=None)
def test_names_stay_in_bounds_and_each_row_is_kept_or_counted(
    batches: list[list[tuple[str, str, str, int]]], pods: int, ops: int, series: int
) -> None:
    inbox, case = Inbox(Bounds(pods=pods, operations=ops, series=series)), Case()
    for rows in batches:
        inbox.offer(batch(rows))
    inbox.pour(case)
    every = [row for rows in batches for row in rows]
    kept = (
        {s.pod for s in case.spans} | {x.pod for x in case.lines} | {s.pod for s in case.samples} | {e.pod for e in case.events}
    )
    assert len(kept) <= pods
    assert kept <= case.owners.keys()
    assert len({s.op for s in case.spans} - {OTHER}) <= ops
    assert len({(s.pod, s.metric) for s in case.samples}) <= series
    if len({row[1] for row in every}) <= pods:
        assert len(case.spans) == sum(row[0] == "span" for row in every), "operations are folded, never dropped"
        assert len(case.lines) == sum(row[0] == "line" for row in every)
        assert len(case.samples) + inbox.over["series"] == sum(row[0] == "sample" for row in every)
    elif every:
        assert inbox.over["pods"]
    assert not inbox.full()


def test_one_row_from_the_future_does_not_make_the_others_old() -> None:
    inbox, case = Inbox(Bounds()), Case()
    inbox.offer(batch([("span", "a", "op", NOW), ("span", "a", "op", NOW + 400 * 86400 * 10**9), ("sample", "a", "m", 2**62)]))
    inbox.pour(case)
    assert [s.start for s in case.spans] == [NOW]
    assert inbox.over == {"times": 2}


def test_one_row_of_another_age_does_not_stretch_a_folder(tmp_path: Path) -> None:
    for name, start, end in (("old", 1, 2), ("long", NOW, 2**63 - 1), ("far", 2**62, 2**62)):
        span = {"traceId": name, "spanId": "1", "name": "x", "startTimeUnixNano": str(start), "endTimeUnixNano": str(end)}
        resource = {"attributes": [{"key": "pod", "value": {"stringValue": "a"}}]}
        request = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}
        with (tmp_path / "a.otlp.jsonl").open("a") as file:
            file.write(json.dumps(request) + "\n")
    with (tmp_path / "traces.jsonl").open("w") as file:
        for i in range(5):
            row = {"trace_id": f"{i}", "span_id": "1", "pod": "a", "name": "x", "start_ns": NOW + i, "end_ns": NOW + i + 1}
            file.write(json.dumps(row) + "\n")
    case = read(str(tmp_path))
    assert sorted(s.trace for s in case.spans) == ["0", "1", "2", "3", "4"]
    assert (case.counts["spans.ragged"], case.counts["spans"]) == (3, 5)
    diagnose(case)


def test_rows_beyond_the_bound_give_way_to_newer_ones() -> None:
    inbox, case = Inbox(Bounds(lines=10)), Case()
    inbox.offer(batch([("line", "a", f"{i}", NOW) for i in range(25)]))
    inbox.pour(case)
    assert [x.text for x in case.lines] == [f"{i}" for i in range(15, 25)]
    assert inbox.over == {"lines": 15}


def test_many_may_offer_while_one_pours() -> None:
    inbox, case = Inbox(Bounds()), Case()
    threads = [
        threading.Thread(target=lambda n=n: [inbox.offer(batch([("span", "a", f"{n}", NOW + i)])) for i in range(500)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        inbox.pour(case)
    inbox.pour(case)
    assert len(case.spans) == 2000


def test_names_that_come_no_more_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("gomend.incidents.inbox.time.monotonic", lambda: clock[0])
    inbox, case = Inbox(Bounds(pods=1)), Case()
    inbox.offer(batch([("span", "old", "op", NOW)]))
    inbox.pour(case)
    clock[0] = 5000.0
    inbox.pour(case)
    inbox.offer(batch([("span", "new", "op", NOW)]))
    inbox.pour(case)
    assert [s.pod for s in case.spans] == ["old", "new"]
    assert case.owners == {"new": "new"}


def test_a_restart_reads_what_was_accepted_in_bounds(tmp_path: Path) -> None:
    async def write() -> None:
        journal = Journal(tmp_path)
        for i in range(30):
            span = {"traceId": f"{i}", "spanId": "1", "startTimeUnixNano": str(NOW), "endTimeUnixNano": str(NOW + 1)}
            resource = {"attributes": [{"key": "pod", "value": {"stringValue": f"p{i}"}}]}
            await journal.append(
                json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}).encode()
            )

    asyncio.run(write())
    with next(tmp_path.iterdir()).open("ab") as file:
        file.write(b'{"resourceSpans": [{"cut o')
    inbox, case = Inbox(Bounds(pods=20, waiting=7)), Case()
    restore(Journal(tmp_path), inbox, case)
    assert (len(case.spans), inbox.over["pods"], inbox.seen["requests.ragged"]) == (20, 10, 1)


def test_the_store_keeps_its_bounds_while_it_is_written_to(tmp_path: Path) -> None:
    async def write() -> int:
        journal = Journal(tmp_path, Retention(megabytes=4))
        most = 0
        for i in range(400):
            await asyncio.gather(*(journal.append(b'{"n":%d,"x":"%s"}' % (i, b"x" * 50_000)) for _ in range(2)))
            most = max(most, sum(path.stat().st_size for path in tmp_path.iterdir()))
        return most

    assert asyncio.run(write()) <= 4_000_000 + 1_100_000
    numbers = [json.loads(line)["n"] for path in sorted(tmp_path.iterdir()) for line in path.read_text().splitlines()]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 399, "the newest stays"


def test_a_restart_reads_the_newest_of_the_store(tmp_path: Path) -> None:
    names = [f"20260101T00-{i:03d}.otlp.jsonl" for i in range(5)]
    for i, name in enumerate(names):
        (tmp_path / name).write_bytes(b"x" * 100)
        os.utime(tmp_path / name, (1_700_000_000 + 1000 * i,) * 2)
    journal = Journal(tmp_path)
    for seconds, most, expected in ((10**9, 10**9, 5), (2500, 10**9, 3), (10**9, 250, 2), (0, 10, 1)):
        assert [path.name for path in journal.recent(seconds, most)] == names[-expected:]


def test_old_files_go_by_age(tmp_path: Path) -> None:
    old, young = tmp_path / "20260101T00-000.otlp.jsonl", tmp_path / "20260101T05-000.otlp.jsonl"
    for path, hours in ((old, 7), (young, 5)):
        path.write_text("{}\n")
        os.utime(path, (time.time() - 3600 * hours,) * 2)
    asyncio.run(Journal(tmp_path, Retention(hours=6)).append(b"{}"))
    assert not old.exists()
    assert young.exists()


def test_a_disk_that_is_full_takes_nothing_by_half(tmp_path: Path) -> None:
    """The kernel refuses in the middle of a line: a limit on the size of files does what a full disk does."""
    accepted: list[str] = []
    with serve(tmp_path, before=("prlimit", "--fsize=40000")) as served:
        for i in range(100):
            record = {"timeUnixNano": str(NOW), "body": {"stringValue": f"{i} {'x' * 3000}"}}
            resource = {"attributes": [{"key": "pod", "value": {"stringValue": "a"}}]}
            body = json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]}).encode()
            status, _, headers = post(f"{served.http}/v1/logs", body)
            if status != 200:
                break
            accepted.append(record["body"]["stringValue"])  # type: ignore[index]
        assert (status, int(headers["Retry-After"]) > 0) == (503, True)
        with pytest.raises(grpc.RpcError) as refused:
            call(served.grpc, request(20_000).SerializeToString())
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        assert any(k == "grpc-status-details-bin" for k, _ in refused.value.trailing_metadata())
        assert served.process.poll() is None
    found = read(str(tmp_path / "store"))
    assert [x.text for x in found.lines] == accepted
    assert "requests.ragged" not in found.counts, "no half line is left"


def test_no_accepted_batch_is_lost_when_it_is_killed_in_the_middle(tmp_path: Path) -> None:
    accepted: list[int] = []
    with serve(tmp_path) as served:

        def send(first: int) -> None:
            for i in range(first, 10_000_000, 4):
                record = {"timeUnixNano": str(NOW), "body": {"stringValue": f"line {i}"}}
                resource = {"attributes": [{"key": "pod", "value": {"stringValue": "a"}}]}
                body = json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]}).encode()
                try:
                    if post(f"{served.http}/v1/logs", body)[0] != 200:
                        return
                except OSError:
                    return
                accepted.append(i)

        threads = [threading.Thread(target=send, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        while len(accepted) < 100:
            time.sleep(0.01)
        os.kill(served.process.pid, signal.SIGKILL)
        for thread in threads:
            thread.join()
    kept = {x.text for x in read(str(tmp_path / "store")).lines}
    assert {f"line {i}" for i in accepted} <= kept
    with serve(tmp_path) as served:
        assert served.status()["seen"]["lines"] >= len(accepted)


def test_labels_without_end_and_hostile_ones_are_bounded_and_told(tmp_path: Path) -> None:
    hostile = "'; DROP TABLE spans; --<script>alert(1)</script>\x1b[2J\u202e{name}%s"
    with serve(tmp_path, "every = 1\n[bounds]\npods = 50\noperations = 10\n") as served:
        spans = [
            {"traceId": f"{i:032x}", "spanId": f"{i:016x}", "name": f"GET /user/{i} {hostile}", "startTimeUnixNano": str(NOW), "endTimeUnixNano": str(NOW + 9)}
            for i in range(100)
        ]  # fmt: skip
        for i in range(100):
            resource = {"attributes": [{"key": "pod", "value": {"stringValue": f"p{i} {hostile}"}}]}
            request = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans[i : i + 1]}]}]}
            assert post(f"{served.http}/v1/traces", json.dumps(request).encode())[0] == 200
        over = served.until(lambda s: s["over"].get("pods") == 50)["over"]
        assert over["operations"] == 40
        assert served.process.poll() is None
    assert "over the bounds of the set-up" in (tmp_path / "stderr").read_text()


def test_the_set_up_in_the_docs_is_one() -> None:
    page = (Path(__file__).parents[2] / "docs" / "incidents.md").read_text()
    setup = decoded(page.split("```toml\n")[1].split("```")[0].encode(), "docs")
    assert (setup.labels.rename, setup.kubernetes[0].namespaces, len(setup.prometheus), len(setup.jaeger)) == (
        {"cart-v1": "cart"},
        ("shop",),
        1,
        1,
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('store = "x', ":1: no TOML"),
        ('store = "x"\n\n[bounds]\npods = 0', ":4: bounds.pods: "),
        ('store = "x"\n[retention]\nhours = "six"', ":3: retention.hours: "),
        (
            '[[prometheus]]\nurl = "http://a"\n[[prometheus]]\nurl = "http://b"\nstpe = 3',
            ":5: prometheus.stpe: there is no such key",
        ),
        ('[[kubernetes]]\n# namespaces = 1\nnamespaces = "shop"', ":3: kubernetes.namespaces: "),
        ("[[jaeger]]\nservices = []", ":1: jaeger: "),
        ('[listen]\nhttp = "4318"', ":2: listen.http: '4318' is not HOST:PORT"),
        ("[labels.rename]\nx = 3", ":1: labels.rename: Expected `str`"),
    ],
)
def test_a_wrong_set_up_says_the_line(text: str, says: str) -> None:
    with pytest.raises(BadSetup) as wrong:
        decoded(text.encode(), "f.toml")
    assert f"f.toml{says}" in str(wrong.value)
