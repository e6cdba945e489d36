"""OTLP as protobuf and as JSON: the same request by either way gives the same rows and the same counts."""

from __future__ import annotations

import base64
import json
from typing import Any

from google.protobuf.json_format import MessageToDict
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from gomend.incidents.intake import JSON, PROTO, decode
from gomend.incidents.rows import Case


def _array(values: list[AnyValue]) -> AnyValue:
    made = AnyValue()
    made.array_value.values.extend(values)
    made.array_value.SetInParent()
    return made


def _table(values: dict[str, AnyValue]) -> AnyValue:
    made = AnyValue()
    made.kvlist_value.SetInParent()
    for key, value in values.items():
        made.kvlist_value.values.add(key=key).value.CopyFrom(value)
    return made


TIMES = st.sampled_from([0, 1, 10**18, 10**18 + 5, 2**63 - 1, 2**63, 2**64 - 1])
WORDS = st.sampled_from(["", "a", "cart-0", "no stock", "GET /x", "错误", "a\nb"])
IDS = st.sampled_from([b"", b"\x00" * 8, b"\xab" * 8, bytes(range(16))])
KEYS = st.sampled_from(
    ["k8s.pod.name", "k8s.pod.uid", "service.name", "host.name", "k8s.node.name", "exception.type", "exception.message", "x"]
)
VALUES = st.recursive(
    st.builds(lambda s: AnyValue(string_value=s), WORDS)
    | st.builds(lambda i: AnyValue(int_value=i), st.integers(-(2**63), 2**63 - 1))
    | st.builds(lambda b: AnyValue(bool_value=b), st.booleans())
    | st.builds(lambda f: AnyValue(double_value=f), st.sampled_from([0.5, 2.25, -1.5]))
    | st.builds(AnyValue),
    lambda inner: st.lists(inner, max_size=2).map(_array) | st.dictionaries(KEYS, inner, max_size=2).map(_table),
    max_leaves=4,
)
ATTRIBUTES = st.dictionaries(KEYS, VALUES, max_size=3)


def put(attributes: Any, values: dict[str, AnyValue]) -> None:
    for key, value in values.items():
        attributes.add(key=key).value.CopyFrom(value)


SPANS = st.lists(
    st.tuples(
        IDS,
        IDS,
        IDS,
        WORDS,
        TIMES,
        TIMES,
        st.integers(0, 2),
        st.lists(st.tuples(st.sampled_from(["exception", "x"]), TIMES, ATTRIBUTES), max_size=2),
    ),
    max_size=3,
)
LINES = st.lists(st.tuples(IDS, IDS, TIMES, TIMES, VALUES, ATTRIBUTES), max_size=3)
POINTS = st.lists(st.tuples(TIMES, st.sampled_from([1, 2.5, float("nan"), float("inf"), None]), ATTRIBUTES), max_size=3)
METRICS = st.lists(
    st.tuples(
        WORDS, st.sampled_from(["gauge", "sum", "histogram", "summary", "none"]), st.booleans(), st.integers(0, 2), POINTS
    ),
    max_size=3,
)


def traces(resource: dict[str, AnyValue], spans: Any) -> Any:
    message = ExportTraceServiceRequest()
    made = message.resource_spans.add()
    put(made.resource.attributes, resource)
    scope = made.scope_spans.add()
    for trace, id, parent, name, start, end, status, events in spans:
        span = scope.spans.add(
            trace_id=trace, span_id=id, parent_span_id=parent, name=name, start_time_unix_nano=start, end_time_unix_nano=end
        )
        span.status.code = status
        for kind, at, attributes in events:
            put(span.events.add(name=kind, time_unix_nano=at).attributes, attributes)
    return message


def logs(resource: dict[str, AnyValue], lines: Any) -> Any:
    message = ExportLogsServiceRequest()
    made = message.resource_logs.add()
    put(made.resource.attributes, resource)
    scope = made.scope_logs.add()
    for trace, id, at, observed, body, attributes in lines:
        record = scope.log_records.add(trace_id=trace, span_id=id, time_unix_nano=at, observed_time_unix_nano=observed)
        record.body.CopyFrom(body)
        put(record.attributes, attributes)
    return message


def metrics(resource: dict[str, AnyValue], found: Any) -> Any:
    message = ExportMetricsServiceRequest()
    made = message.resource_metrics.add()
    put(made.resource.attributes, resource)
    scope = made.scope_metrics.add()
    for name, form, grows, temporality, points in found:
        metric = scope.metrics.add(name=name)
        if form == "none":
            continue
        held = getattr(metric, form)
        held.SetInParent()
        if form == "sum":
            held.is_monotonic, held.aggregation_temporality = grows, temporality
        for at, value, attributes in points:
            point = held.data_points.add(time_unix_nano=at)
            put(point.attributes, attributes)
            if form in {"gauge", "sum"} and value is not None:
                if isinstance(value, int):
                    point.as_int = value
                else:
                    point.as_double = value
    return message


def as_json(message: Any) -> bytes:
    """As OTLP writes JSON: protobuf's JSON, but ids are hexadecimal and enums numbers."""

    def mended(held: Any) -> Any:
        if isinstance(held, dict):
            return {
                k: base64.b64decode(v).hex() if k in {"traceId", "spanId", "parentSpanId"} else mended(v)
                for k, v in held.items()
            }
        return [mended(v) for v in held] if isinstance(held, list) else held

    return json.dumps(mended(MessageToDict(message, use_integers_for_enums=True))).encode()


@given(ATTRIBUTES, SPANS, LINES, METRICS)
@settings(max_examples=250, deadline=None)
def test_both_forms_of_a_request_give_the_same(resource: dict[str, AnyValue], spans: Any, lines: Any, found: Any) -> None:
    for signal, message in (
        ("traces", traces(resource, spans)),
        ("logs", logs(resource, lines)),
        ("metrics", metrics(resource, found)),
    ):
        by_wire, by_json = Case(), Case()
        decode(by_wire, signal, PROTO, message.SerializeToString(), "")
        decode(by_json, signal, JSON, as_json(message), "")
        assert by_wire == by_json


def test_structured_bodies_and_exceptions_are_text() -> None:
    body = {
        "kvlistValue": {
            "values": [{"key": "level", "value": {"stringValue": "error"}}, {"key": "n", "value": {"intValue": "3"}}]
        }
    }
    thrown = [
        {"key": k, "value": {"stringValue": v}} for k, v in (("exception.type", "io.Timeout"), ("exception.message", "late"))
    ]
    records = [
        {"timeUnixNano": "1", "body": body},
        {"timeUnixNano": "2", "body": {"stringValue": "failed"}, "attributes": thrown},
    ]
    span = {"traceId": "aa", "spanId": "bb", "startTimeUnixNano": "1", "endTimeUnixNano": "9", "name": "op"}
    events = [{"name": "exception", "timeUnixNano": "5", "attributes": thrown}, {"name": "other", "timeUnixNano": "6"}]
    resource = {"attributes": [{"key": "pod", "value": {"stringValue": "a-0"}}]}
    case = Case()
    decode(
        case,
        "logs",
        JSON,
        json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]}).encode(),
        "",
    )
    request = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [{**span, "events": events}]}]}]}
    decode(case, "traces", JSON, json.dumps(request).encode(), "")
    assert [(x.at, x.text, x.span) for x in case.lines] == [
        (1, '{"level":"error","n":"3"}', ""),
        (2, "failed: io.Timeout: late", ""),
        (5, "io.Timeout: late", "bb"),
    ]
