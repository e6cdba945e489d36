"""Traces as Jaeger's legacy query API (``/api/traces``) answers them; ``/api/v3/traces`` answers OTLP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gomend.incidents import otlp
from gomend.incidents.identity import pod_of
from gomend.incidents.rows import Case, Span

_MICRO: Final = 1000
_YES: Final = (True, "true")


def add(case: Case, answer: object) -> None:
    """Add an answer: ``{"data": [{"spans": […], "processes": {…}}]}``; what is not of this shape is counted."""
    for trace in otlp.dicts(_of(answer, "data")):
        processes = _of(trace, "processes")
        pods = {
            name: pod_of(case, _tags(_of(process, "tags")) | _text("service.name", _of(process, "serviceName")))
            for name, process in (processes.items() if isinstance(processes, Mapping) else ())
            if isinstance(process, Mapping)
        }
        for span in otlp.dicts(_of(trace, "spans")):
            _span(case, pods, span)


def _span(case: Case, pods: Mapping[str, str], span: Mapping[str, Any]) -> None:
    own, trace, id = span.get("processID"), span.get("traceID"), span.get("spanID")
    start, took, name = span.get("startTime"), span.get("duration"), span.get("operationName")
    pod = pods.get(own, "") if isinstance(own, str) else ""
    begin, length = _nano(start), _nano(took)
    if not (pod and isinstance(trace, str) and isinstance(id, str) and trace and id and begin and length is not None):
        otlp.count(case, "spans.ragged")
        return
    parent = next(
        (
            p
            for r in otlp.dicts(span.get("references"))
            if r.get("refType") == "CHILD_OF" and isinstance(p := r.get("spanID"), str)
        ),
        "",
    )
    tags = {t.get("key"): t.get("value") for t in otlp.dicts(span.get("tags")) if isinstance(t.get("key"), str)}
    failed = tags.get("error") in _YES or tags.get("otel.status_code") == "ERROR"
    # Jaeger drops leading zeros of ids on its way through JSON; OTLP keeps them.
    op = name if isinstance(name, str) else ""
    case.spans.append(Span(trace.rjust(32, "0").lower(), _id(id), _id(parent), pod, op, begin, begin + length, failed))


def _id(value: str) -> str:
    return value.rjust(16, "0").lower() if value else ""


def _nano(value: object) -> int | None:
    """Nanoseconds of microseconds."""
    return value * _MICRO if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**52 else None


def _of(found: object, name: str) -> Any:
    return found.get(name) if isinstance(found, Mapping) else None


def _tags(value: object) -> dict[str, str]:
    return {
        t["key"]: t["value"] for t in otlp.dicts(value) if isinstance(t.get("key"), str) and isinstance(t.get("value"), str)
    }


def _text(name: str, value: object) -> dict[str, str]:
    return {name: value} if isinstance(value, str) and value else {}
