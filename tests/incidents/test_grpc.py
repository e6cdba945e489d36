"""OTLP over gRPC with the OpenTelemetry SDK as its client: spans arrive, back-pressure is understood, bombs are refused."""

from __future__ import annotations

import json
import time
from pathlib import Path

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult

from gomend.incidents.case import read
from tests.incidents.servers import post, serve

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def call(address: str, body: bytes, **more: object) -> bytes:
    with grpc.insecure_channel(address) as channel:
        answer: bytes = channel.unary_unary(EXPORT)(body, timeout=20, **more)
        return answer


def request(spans: int, *, pod: str = "cart-0", ragged: int = 0) -> ExportTraceServiceRequest:
    message = ExportTraceServiceRequest()
    resource = message.resource_spans.add()
    resource.resource.attributes.add(key="k8s.pod.name").value.string_value = pod
    scope = resource.scope_spans.add()
    for i in range(spans):
        span = scope.spans.add(name="op", start_time_unix_nano=10**18 + i, end_time_unix_nano=10**18 + i + 5)
        span.trace_id, span.span_id = i.to_bytes(16, "big"), (i + 1).to_bytes(8, "big")
        if i < ragged:
            span.start_time_unix_nano = 0
    return message


def test_spans_of_the_sdk_are_kept_and_read_again(tmp_path: Path) -> None:
    with serve(tmp_path) as served:
        provider = TracerProvider(resource=Resource({"service.name": "cart", "k8s.pod.name": "cart-0"}))
        exporter = OTLPSpanExporter(endpoint=served.grpc, insecure=True, compression=grpc.Compression.Gzip)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        tracer = provider.get_tracer("test")
        with tracer.start_as_current_span("GET /cart"), tracer.start_as_current_span("SELECT"):
            pass
        provider.shutdown()
        assert served.status()["seen"] == {"spans": 2}
    found = read(str(tmp_path / "store"))
    assert sorted((s.op, s.pod, found.owners[s.pod], bool(s.parent)) for s in found.spans) == [
        ("GET /cart", "cart-0", "cart", False),
        ("SELECT", "cart-0", "cart", True),
    ]


def test_rejected_rows_are_a_partial_success(tmp_path: Path) -> None:
    with serve(tmp_path) as served:
        answer = ExportTraceServiceResponse.FromString(call(served.grpc, request(5, ragged=2).SerializeToString()))
        assert answer.partial_success.rejected_spans == 2
        assert "pod" in answer.partial_success.error_message
        assert call(served.grpc, request(5).SerializeToString()) == b""
        status, body, _ = post(
            f"{served.http}/v1/traces", request(3, pod="").SerializeToString(), Content_Type="application/x-protobuf"
        )
        assert status == 200
        assert ExportTraceServiceResponse.FromString(body).partial_success.rejected_spans == 3
        span = {"traceId": "a1", "spanId": "b2", "startTimeUnixNano": "x", "endTimeUnixNano": "2"}
        wrong = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
        assert (
            json.loads(post(f"{served.http}/v1/traces", json.dumps(wrong).encode())[1])["partialSuccess"]["rejectedSpans"]
            == "1"
        )


def test_a_sender_is_told_to_wait_and_its_batch_comes_later(tmp_path: Path) -> None:
    """More waits than may: RESOURCE_EXHAUSTED with RetryInfo, 429 with Retry-After; the SDK tries again by itself and gets it through."""
    with serve(tmp_path, "every = 7\n[bounds]\nwaiting = 50\n") as served:
        assert call(served.grpc, request(60).SerializeToString()) == b""
        with pytest.raises(grpc.RpcError) as refused:
            call(served.grpc, request(1).SerializeToString())
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        details = next(v for k, v in refused.value.trailing_metadata() if k == "grpc-status-details-bin")
        (packed,) = Status.FromString(details).details
        info = RetryInfo()
        assert packed.Unpack(info)
        assert info.retry_delay.seconds > 0
        status, _, headers = post(f"{served.http}/v1/traces", b"{}")
        assert (status, int(headers["Retry-After"]) > 0) == (429, True)
        began = time.monotonic()
        provider = TracerProvider(resource=Resource({"k8s.pod.name": "cart-0"}))
        with provider.get_tracer("t").start_as_current_span("late") as span:
            pass
        exporter = OTLPSpanExporter(endpoint=served.grpc, insecure=True, timeout=30)
        assert exporter.export([span]) is SpanExportResult.SUCCESS  # type: ignore[list-item]
        assert time.monotonic() - began > 1, "it got through at once, so it was never refused"
        assert served.status()["seen"]["spans"] == 61


def test_bombs_and_rubbish_are_refused_and_it_stays_small(tmp_path: Path) -> None:
    with serve(tmp_path) as served:
        before = _memory(served.process.pid)
        for body in (b"\xff" * 50, bytes(64 << 20)):  # the second is 64 KiB on the wire
            with pytest.raises(grpc.RpcError) as refused:
                call(served.grpc, body, compression=grpc.Compression.Gzip)
            assert refused.value.code() in {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED}
        assert _memory(served.process.pid) - before < 100 << 20
        assert call(served.grpc, request(1).SerializeToString()) == b""


def test_a_token_is_asked_for(tmp_path: Path) -> None:
    import os

    config = '[listen]\nhttp = "127.0.0.1:0"\ngrpc = "127.0.0.1:0"\ntoken_env = "SENDERS"\n'
    with serve(tmp_path, config, {**os.environ, "SENDERS": "s3cret"}) as served:
        with pytest.raises(grpc.RpcError) as refused:
            call(served.grpc, b"")
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
        assert call(served.grpc, b"", metadata=(("authorization", "Bearer s3cret"),)) == b""
        assert post(f"{served.http}/v1/traces", b"{}")[0] == 401
        assert post(f"{served.http}/v1/traces", b"{}", Authorization="Bearer s3cret")[0] == 200
    assert "s3cret" not in (tmp_path / "stderr").read_text()


def _memory(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096
