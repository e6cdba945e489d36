"""What Prometheus says: remote write 1.0 (a protobuf of series, block-compressed with Snappy) and answers of ``query_range``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from gomend.incidents import otlp
from gomend.incidents.identity import pod_of
from gomend.incidents.rows import Case, Exemplar, Sample

LIMIT: Final = 32 * 1024 * 1024
"""Bytes of one request, unpacked. Prometheus sends 2,000 samples at once unless it is told otherwise."""
_COUNTERS: Final = ("_total", "_count", "_sum")
_BUCKET: Final = "_bucket"
_TRACE: Final = ("trace_id", "traceID", "traceId")
_MILLI: Final = 10**6


class TooLarge(ValueError):  # noqa: N818 - it is what it says
    """A request says that it is larger than what is taken."""


def unpacked(body: bytes) -> bytes:
    """A block of Snappy; its head says how large it becomes, so a bomb is not unpacked at all.

    Raises:
        TooLarge: it would be larger than the limit.
        ValueError: it is none.
        ModuleNotFoundError: cramjam is not installed.
    """
    import cramjam

    size, shift = 0, 0
    for byte in body[:5]:
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    else:
        raise ValueError("no Snappy block")
    if size > LIMIT:
        raise TooLarge(f"more than {LIMIT} bytes")
    try:
        return bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError as error:
        raise ValueError(str(error)) from None


def parsed(raw: bytes) -> Any:
    """The write request.

    Raises:
        ValueError: it is none.
        ModuleNotFoundError: protobuf is not installed.
    """
    from google.protobuf.message import DecodeError

    try:
        return _request().FromString(raw)
    except DecodeError as error:
        raise ValueError(str(error)) from None


def add(case: Case, request: Any) -> None:
    """Add the series of a write request that name a pod; buckets of histograms are passed over, stale marks are no values."""
    for series in request.timeseries:
        labels = {label.name: label.value for label in series.labels}
        _series(case, labels, ((s.timestamp * _MILLI, s.value) for s in series.samples))


def add_answer(case: Case, answer: object) -> None:
    """Add ``{"name": …, "result": matrix}``, or ``{"name": …, "exemplars": […]}``: what a query was answered."""
    if isinstance(answer, Mapping) and "exemplars" in answer:
        _exemplars(case, answer)
        return
    name = answer.get("name") if isinstance(answer, Mapping) else None
    result = answer.get("result") if isinstance(answer, Mapping) else None
    if not isinstance(name, str) or not isinstance(result, Sequence) or isinstance(result, str):
        otlp.count(case, "samples.ragged")
        return
    for series in result:
        metric = series.get("metric") if isinstance(series, Mapping) else None
        values = series.get("values") if isinstance(series, Mapping) else None
        if not isinstance(metric, Mapping) or not isinstance(values, Sequence) or isinstance(values, str):
            otlp.count(case, "samples.ragged")
            continue
        labels = {k: v for k, v in metric.items() if isinstance(k, str) and isinstance(v, str)} | {"__name__": name}
        _series(case, labels, (pair for value in values if (pair := _pair(value)) is not None), asked=True)


def _series(case: Case, labels: dict[str, str], points: Any, *, asked: bool = False) -> None:
    name = labels.pop("__name__", "")
    if not name or (name.endswith(_BUCKET) and not asked):
        otlp.count(case, "samples.passed")
        return
    pod = pod_of(case, labels)
    if not pod:
        otlp.count(case, "samples.ragged")
        return
    series = otlp.series_of(case, pod, name, labels)
    if series is None:
        return
    before = len(case.samples)
    case.samples += [Sample(at, pod, series, value) for at, value in points if 0 < at < 2**63 and math.isfinite(value)]
    if len(case.samples) > before and not asked and name.endswith(_COUNTERS):
        case.counters.add(series)


def _exemplars(case: Case, answer: Mapping[str, Any]) -> None:
    for series in otlp.dicts(answer["exemplars"]):
        labels = series.get("seriesLabels")
        named = {k: v for k, v in labels.items() if isinstance(v, str)} if isinstance(labels, Mapping) else {}
        pod = pod_of(case, named)
        for each in otlp.dicts(series.get("exemplars")):
            point = _pair((each.get("timestamp"), each.get("value")))
            about = each.get("labels")
            trace = next((about[k] for k in _TRACE if isinstance(about.get(k), str)), "") if isinstance(about, Mapping) else ""
            if not pod or not trace or point is None or not isinstance(answer.get("name"), str):
                otlp.count(case, "exemplars.ragged")
            else:
                case.exemplars.append(Exemplar(point[0], pod, answer["name"], trace.lower(), point[1]))


def _pair(value: object) -> tuple[int, float] | None:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        return None
    try:
        at, number = float(value[0]), float(value[1])
        return round(at * 1000) * _MILLI, number
    except (TypeError, ValueError, OverflowError):
        return None


@cache
def _request() -> Any:
    """The message ``prometheus.WriteRequest``, as far as it is read, made without a generated file."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    fields = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="gomend/remote.proto", package="gomend.remote", syntax="proto3")
    for name, columns in (
        ("Label", (("name", 1, fields.TYPE_STRING, ""), ("value", 2, fields.TYPE_STRING, ""))),
        ("Sample", (("value", 1, fields.TYPE_DOUBLE, ""), ("timestamp", 2, fields.TYPE_INT64, ""))),
        ("TimeSeries", (("labels", 1, fields.TYPE_MESSAGE, "Label"), ("samples", 2, fields.TYPE_MESSAGE, "Sample"))),
        ("WriteRequest", (("timeseries", 1, fields.TYPE_MESSAGE, "TimeSeries"),)),
    ):
        message = file.message_type.add(name=name)
        for field, number, kind, of in columns:
            label = fields.LABEL_REPEATED if of else fields.LABEL_OPTIONAL
            made = message.field.add(name=field, number=number, type=kind, label=label)
            if of:
                made.type_name = f".gomend.remote.{of}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("gomend.remote.WriteRequest"))
