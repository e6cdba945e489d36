"""OTLP as protobuf, straight to rows: building the JSON form first would cost ten times as much."""

from __future__ import annotations

from typing import Any, Final

from gomend.incidents import otlp
from gomend.incidents.identity import pod_of
from gomend.incidents.rows import Case, Line, Sample, Span

_CUMULATIVE: Final = 2
_DEEPEST: Final = 8
_LAST: Final = 2**63
"""Times below fit where all others do: in 64 bits with a sign."""


def parsed(signal: str, body: bytes) -> Any:
    """The request of a signal (``traces``, ``logs``, ``metrics``).

    Raises:
        ValueError: it is none.
        ModuleNotFoundError: opentelemetry-proto is not installed.
    """
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    kinds: dict[str, Any] = {
        "traces": ExportTraceServiceRequest,
        "logs": ExportLogsServiceRequest,
        "metrics": ExportMetricsServiceRequest,
    }
    if signal not in kinds:
        raise ValueError(signal)
    try:
        return kinds[signal].FromString(body)
    except DecodeError as error:
        raise ValueError(str(error)) from None


def add(case: Case, signal: str, request: Any) -> None:
    """Add a parsed request to a case; rows without a time, a name or a pod are counted and left out."""
    if signal == "traces":
        for resource in request.resource_spans:
            pod = _pod(case, resource.resource)
            for scope in resource.scope_spans:
                _spans(case, pod, scope.spans)
    elif signal == "logs":
        for resource in request.resource_logs:
            pod = _pod(case, resource.resource)
            for scope in resource.scope_logs:
                for record in scope.log_records:
                    _line(case, pod, record)
    else:
        for resource in request.resource_metrics:
            pod = _pod(case, resource.resource)
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    _metric(case, pod, metric)


def _line(case: Case, pod: str, record: Any) -> None:
    at = record.time_unix_nano if 0 < record.time_unix_nano < _LAST else record.observed_time_unix_nano
    attributes = _attributes(record) if record.attributes else {}
    plain = record.body.WhichOneof("value") == "string_value"
    text = otlp.line_text(record.body.string_value if plain else _value(record.body), attributes)
    if pod and 0 < at < _LAST and text:
        case.lines.append(Line(at, pod, record.trace_id.hex(), record.span_id.hex(), text))
    else:
        otlp.count(case, "lines.ragged")


def _value(held: Any, depth: int = 0) -> Any:
    """A value of the protocol as JSON has it (numbers of 64 bits are texts there)."""
    which = held.WhichOneof("value")
    if which is None or which == "bytes_value" or depth > _DEEPEST:
        return None
    value = getattr(held, which)
    match which:
        case "int_value":
            return str(value)
        case "array_value":
            return [_value(each, depth + 1) for each in value.values]
        case "kvlist_value":
            return {pair.key: _value(pair.value, depth + 1) for pair in value.values}
        case _:
            return value


def _attributes(described: Any) -> dict[str, str]:
    return {a.key: a.value.string_value for a in described.attributes if a.value.string_value}


def _pod(case: Case, resource: Any) -> str:
    return pod_of(case, _attributes(resource))


def _spans(case: Case, pod: str, spans: Any) -> None:
    add_row = case.spans.append
    for s in spans:
        start, end = s.start_time_unix_nano, s.end_time_unix_nano
        if pod and start and start <= end < _LAST and s.trace_id and s.span_id:
            add_row(
                Span(s.trace_id.hex(), s.span_id.hex(), s.parent_span_id.hex(), pod, s.name, start, end, s.status.code == 2)
            )
            for event in s.events:
                if event.name == otlp.EXCEPTION and 0 < event.time_unix_nano < _LAST:
                    said = otlp.line_text(None, _attributes(event)) or otlp.EXCEPTION
                    case.lines.append(Line(event.time_unix_nano, pod, s.trace_id.hex(), s.span_id.hex(), said))
        else:
            otlp.count(case, "spans.ragged")


def _metric(case: Case, pod: str, metric: Any) -> None:
    form = metric.WhichOneof("data")
    if form not in {"gauge", "sum"}:
        if form is not None:
            otlp.count(case, "samples.passed", len(getattr(metric, form).data_points))
        return
    held = getattr(metric, form)
    grows = form == "sum" and held.is_monotonic and held.aggregation_temporality == _CUMULATIVE
    for point in held.data_points:
        which = point.WhichOneof("value")
        labels = _attributes(point)
        whose = pod_of(case, labels, named=True) or pod
        if not whose or not metric.name or not 0 < point.time_unix_nano < _LAST or which is None:
            otlp.count(case, "samples.ragged")
            continue
        value = float(getattr(point, which))
        series = otlp.series_of(case, whose, metric.name, labels)
        if series is not None and value - value == 0:  # neither NaN nor infinite
            case.samples.append(Sample(point.time_unix_nano, whose, series, value))
            if grows:
                case.counters.add(series)
