"""OTLP as JSON, one export request a line, as the Collector's file exporter writes it and ``gomend incidents serve`` keeps it.

Anything may come over a wire: what does not have the shape that the protocol asks for is counted and left out, nothing here raises for data.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from gomend.incidents.identity import pod_of
from gomend.incidents.rows import Case, Line, Sample, Span

_FAILED: Final = (2, "2", "STATUS_CODE_ERROR")
_CUMULATIVE: Final = (2, "2", "AGGREGATION_TEMPORALITY_CUMULATIVE")
_PASSED: Final = ("histogram", "exponentialHistogram", "summary")
"""Forms of metrics that are passed over, and counted."""
EXCEPTION: Final = "exception"
"""The name of a span's event that is an exception: it is a log line too."""
_DEEPEST: Final = 8
_LIMIT: Final = 1000
"""Series of one pod beyond which new names are dropped and counted: labels without bounds must not fill the memory."""


def add(case: Case, request: object) -> None:
    """Add one export request (traces, logs or metrics) to a case."""
    if not isinstance(request, Mapping):
        count(case, "requests.ragged")
        return
    for resource, scope in _scopes(request, "resourceSpans", "scopeSpans"):
        pod = pod_of(case, resource)
        for span in dicts(scope.get("spans")):
            _span(case, pod, span)
    for resource, scope in _scopes(request, "resourceLogs", "scopeLogs"):
        pod = pod_of(case, resource)
        for record in dicts(scope.get("logRecords")):
            _line(case, pod, record)
    for resource, scope in _scopes(request, "resourceMetrics", "scopeMetrics"):
        pod = pod_of(case, resource)
        for metric in dicts(scope.get("metrics")):
            _metric(case, pod, metric)


def _scopes(request: Mapping[str, Any], outer: str, inner: str) -> Iterator[tuple[dict[str, str], Mapping[str, Any]]]:
    for resource in dicts(request.get(outer)):
        described = resource.get("resource")
        attributes = _attributes(described.get("attributes")) if isinstance(described, Mapping) else {}
        for scope in dicts(resource.get(inner)):
            yield attributes, scope


def dicts(value: object) -> Iterator[Mapping[str, Any]]:
    """The objects in a JSON list; nothing if it is none."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        yield from (item for item in value if isinstance(item, Mapping))


def _attributes(value: object) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in dicts(value):
        name, held = pair.get("key"), pair.get("value")
        if isinstance(name, str) and isinstance(held, Mapping):
            said = held.get("stringValue")
            if isinstance(said, str):
                found[name] = said
    return found


def _time(value: object) -> int | None:
    """Nanoseconds; the protocol writes 64-bit numbers as strings."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    try:
        at = int(value)
    except ValueError:
        return None
    return at if 0 < at < 2**63 else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _span(case: Case, pod: str, span: Mapping[str, Any]) -> None:
    start, end = _time(span.get("startTimeUnixNano")), _time(span.get("endTimeUnixNano"))
    trace, id = _text(span.get("traceId")).lower(), _text(span.get("spanId")).lower()
    if not pod or not trace or not id or start is None or end is None or end < start:
        count(case, "spans.ragged")
        return
    status = span.get("status")
    failed = isinstance(status, Mapping) and status.get("code") in _FAILED
    for event in dicts(span.get("events")):
        happened = _time(event.get("timeUnixNano"))
        if event.get("name") == EXCEPTION and happened is not None:
            case.lines.append(
                Line(happened, pod, trace, id, line_text(None, _attributes(event.get("attributes"))) or EXCEPTION)
            )
    case.spans.append(
        Span(trace, id, _text(span.get("parentSpanId")).lower(), pod, _text(span.get("name")), start, end, failed)
    )


def _line(case: Case, pod: str, record: Mapping[str, Any]) -> None:
    at = _time(record.get("timeUnixNano")) or _time(record.get("observedTimeUnixNano"))
    text = line_text(_value(record.get("body")), _attributes(record.get("attributes")))
    if not pod or at is None or not text:
        count(case, "lines.ragged")
        return
    case.lines.append(Line(at, pod, _text(record.get("traceId")).lower(), _text(record.get("spanId")).lower(), text))


def line_text(body: object, attributes: Mapping[str, str]) -> str:
    """A log record as one text: its body (JSON if it is structured), and the exception that its attributes name, if the body does not."""
    said = body if isinstance(body, str) else "" if body is None else msgspec.json.encode(body).decode()
    kind, why = attributes.get("exception.type", ""), attributes.get("exception.message", "")
    if kind and kind not in said:
        said = f"{said}: {kind}: {why}" if said else f"{kind}: {why}"
    return said


def _value(held: object, depth: int = 0) -> Any:
    """A value of the protocol as JSON has it; None for what is none, or nests too deep."""
    if not isinstance(held, Mapping) or depth > _DEEPEST:
        return None
    for name, value in held.items():
        match name:
            case "stringValue" | "boolValue" | "doubleValue":
                return value if isinstance(value, (str, bool, float, int)) else None
            case "intValue":
                return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
            case "arrayValue" if isinstance(value, Mapping):
                return [_value(each, depth + 1) for each in dicts(value.get("values"))]
            case "kvlistValue" if isinstance(value, Mapping):
                pairs = dicts(value.get("values"))
                return {pair["key"]: _value(pair.get("value"), depth + 1) for pair in pairs if isinstance(pair.get("key"), str)}
            case _:
                pass
    return None


def _metric(case: Case, pod: str, metric: Mapping[str, Any]) -> None:
    name = _text(metric.get("name"))
    for form in _PASSED:
        held = metric.get(form)
        if isinstance(held, Mapping):
            count(case, "samples.passed", sum(1 for _ in dicts(held.get("dataPoints"))))
    for form in ("gauge", "sum"):
        held = metric.get(form)
        if not isinstance(held, Mapping):
            continue
        for point in dicts(held.get("dataPoints")):
            at, value = _time(point.get("timeUnixNano")), _number(point)
            labels = _attributes(point.get("attributes"))
            whose = pod_of(case, labels, named=True) or pod
            if not whose or not name or at is None or value is None:
                count(case, "samples.ragged")
                continue
            series = series_of(case, whose, name, labels)
            if series is not None:
                case.samples.append(Sample(at, whose, series, value))
                if form == "sum" and held.get("isMonotonic") is True and held.get("aggregationTemporality") in _CUMULATIVE:
                    case.counters.add(series)


def series_of(case: Case, pod: str, name: str, labels: Mapping[str, str]) -> str | None:
    """The name of a series; None, and counted, if the pod has too many."""
    series = name + "".join(f" {k}={v}" for k, v in sorted(labels.items()) if not case.labels.mean(k))
    held = case.series.setdefault(pod, set())
    if series not in held and len(held) >= _LIMIT:
        count(case, "samples.overflow")
        return None
    held.add(series)
    return series


def _number(point: Mapping[str, Any]) -> float | None:
    held = point.get("asDouble", point.get("asInt"))
    if isinstance(held, bool) or not isinstance(held, (int, float, str)):
        return None
    try:
        value = float(held)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def tidy(case: Case) -> None:
    """Drop spans that were sent twice, and remember how many rows there are."""
    seen: set[tuple[str, str]] = set()
    kept: list[Span] = []
    for s in case.spans:
        if (s.trace, s.id) in seen:
            count(case, "spans.duplicate")
        else:
            seen.add((s.trace, s.id))
            kept.append(s)
    case.spans[:] = kept
    case.counts |= {"spans": len(case.spans), "lines": len(case.lines), "samples": len(case.samples)}


def count(case: Case, what: str, many: int = 1) -> None:
    """Count what could not be used."""
    if many:
        case.counts[what] = case.counts.get(what, 0) + many
