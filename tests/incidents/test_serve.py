"""The receiver with real clients over loopback: what is answered 200 survives a kill -9; what lies, bombs or is cut off is refused as OTLP says."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from gomend.incidents.case import read
from tests.incidents.test_otlp import exported

DATA = Path(__file__).parent / "data"


@contextmanager
def serving(store: Path, *more: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    words = [
        sys.executable,
        "-m",
        "gomend",
        "incidents",
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--grpc",
        "",
        "--store",
        str(store),
        *more,
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            yield line.split("listening on ")[1].split()[0], process
        finally:
            process.kill()


def post(url: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json", **named}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_accepted_batches_survive_a_kill_and_are_ranked(tmp_path: Path) -> None:
    case = read(str(DATA / "tickets-network"))
    with serving(tmp_path, "--every", "3600") as (url, process):  # it looks at nothing before the kill
        for request in exported(case):
            signal_name = next(iter(request)).removeprefix("resource").lower().replace("spans", "traces")
            assert post(f"{url}/v1/{signal_name}", json.dumps(request).encode()) == (200, b"{}")
        os.kill(process.pid, signal.SIGKILL)
    again = read(str(tmp_path))
    assert (len(again.spans), len(again.lines), len(again.samples)) == (len(case.spans), len(case.lines), len(case.samples))
    with serving(tmp_path, "--every", "1") as (_, process):
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert (told["service"], told["kind"]) == ("ts-route-service", "network_delay")
    assert told["state"] in {"preview", "final"}  # what was told before the kill is not told again


def test_protobuf_and_gzip_are_taken_and_bad_requests_refused(tmp_path: Path) -> None:
    message = ExportTraceServiceRequest()
    resource = message.resource_spans.add()
    resource.resource.attributes.add(key="k8s.pod.name").value.string_value = "a-0"
    span = resource.scope_spans.add().spans.add(name="op", start_time_unix_nano=10**18, end_time_unix_nano=10**18 + 5)
    span.trace_id, span.span_id = bytes(range(16)), bytes(range(8))
    raw = message.SerializeToString()
    with serving(tmp_path) as (url, process):
        traces = f"{url}/v1/traces"
        proto = {"Content_Type": "application/x-protobuf"}
        assert post(traces, raw, **proto) == (200, b"")
        assert post(traces, gzip.compress(raw), Content_Encoding="gzip", **proto) == (200, b"")
        assert post(traces, b"{}", Content_Type="text/html")[0] == 415
        assert post(traces, b"<html>")[0] == 400
        assert post(traces, b'{"resourceSpans": [')[0] == 400
        assert post(traces, b"[1]")[0] == 400
        assert post(traces, b"\xff" * 40, **proto)[0] == 400
        assert post(traces, gzip.compress(bytes(64 << 20)), Content_Encoding="gzip")[0] == 413
        assert post(traces, gzip.compress(b"{}")[:-9], Content_Encoding="gzip")[0] == 400
        assert post(traces, b"{}", Content_Encoding="br")[0] in {400, 415}
        assert post(traces, b"[" * 100000)[0] == 400
        assert process.poll() is None
    (kept,) = {s.trace for s in read(str(tmp_path)).spans}
    assert kept == bytes(range(16)).hex()


def test_a_disk_that_refuses_is_said_with_503(tmp_path: Path) -> None:
    with serving(tmp_path) as (url, _):
        for path in tmp_path.iterdir():
            path.unlink()
        tmp_path.rmdir()
        tmp_path.write_text("")  # a file where the folder was: nothing can be written into it
        status, body = post(f"{url}/v1/traces", b"{}")
    assert status == 503
    assert json.loads(body)["code"] == 14


def test_replay_tells_a_preview_then_the_final_word() -> None:
    words = [sys.executable, "-m", "gomend", "incidents", "replay", str(DATA / "tickets-network"), "--every", "40"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    mine = [t for t in told if t["service"] == "ts-route-service"]
    assert [t["state"] for t in mine] == sorted((t["state"] for t in mine), key=["preview", "final", "closed"].index)
    assert {t["state"] for t in mine} >= {"preview", "final"}
    assert done.returncode == 1


@pytest.mark.parametrize("listen", ["nowhere", "127.0.0.1:99999", "192.0.2.1:1"])
def test_an_address_that_cannot_be_used_is_one_message(listen: str, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "gomend", "incidents", "serve", "--grpc", "", "--listen", listen, "--store", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
