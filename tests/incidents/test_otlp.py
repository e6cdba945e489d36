"""OTLP as JSON: the same telemetry gives the same answer, and nothing that comes over a wire makes it fall."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gomend.incidents import otlp
from gomend.incidents.case import read
from gomend.incidents.rank import diagnose
from gomend.incidents.rows import Case

DATA = Path(__file__).parent / "data"
NAMES = (
    "resourceSpans",
    "resourceLogs",
    "resourceMetrics",
    "resource",
    "attributes",
    "key",
    "value",
    "stringValue",
    "scopeSpans",
    "spans",
    "scopeLogs",
)
NAMES += (
    "logRecords",
    "scopeMetrics",
    "metrics",
    "name",
    "gauge",
    "sum",
    "dataPoints",
    "timeUnixNano",
    "asDouble",
    "asInt",
    "traceId",
    "spanId",
)
NAMES += ("startTimeUnixNano", "endTimeUnixNano", "status", "code", "body", "pod")
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([*NAMES, "1", str(2**70), "1e9", "NaN"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=30,
)


def text(value: str) -> dict[str, str]:
    return {"stringValue": value}


def exported(case: Case) -> list[dict[str, object]]:
    """A request a pod, as the Collector's file exporter writes them."""
    lines: list[dict[str, object]] = []
    for pod, owner in case.owners.items():
        resource = {"attributes": [{"key": "k8s.pod.name", "value": text(pod)}, {"key": "service.name", "value": text(owner)}]}
        spans = [
            {
                "traceId": s.trace,
                "spanId": s.id,
                "parentSpanId": s.parent,
                "name": s.op,
                "startTimeUnixNano": str(s.start),
                "endTimeUnixNano": str(s.end),
            }
            for s in case.spans
            if s.pod == pod
        ]
        logs = [
            {"timeUnixNano": str(x.at), "body": text(x.text), "traceId": x.trace, "spanId": x.span}
            for x in case.lines
            if x.pod == pod
        ]
        metrics = [
            {"name": s.metric, "gauge": {"dataPoints": [{"timeUnixNano": str(s.at), "asDouble": s.value}]}}
            for s in case.samples
            if s.pod == pod
        ]
        lines.append({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]})
        lines.append({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": logs}]}]})
        lines.append({"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": metrics}]}]})
    return lines


def test_the_same_telemetry_gives_the_same_answer(tmp_path: Path) -> None:
    case = read(str(DATA / "tickets-network"))
    whole = "".join(json.dumps(line) + "\n" for line in exported(case))
    (tmp_path / "a.otlp.jsonl").write_text(whole + '{"resourceSpans": [{"cut off by a ki')
    again = read(str(tmp_path))
    assert (len(again.spans), len(again.lines), len(again.samples)) == (len(case.spans), len(case.lines), len(case.samples))
    assert again.counts["requests.ragged"] == 1
    before, after = diagnose(case).suspects[0], diagnose(again).suspects[0]
    assert (after.service, round(after.weight, 6)) == (before.service, round(before.weight, 6))


@given(JSON)
@settings(max_examples=400, deadline=None)
@example({"resourceSpans": [{"scopeSpans": [{"spans": [{"startTimeUnixNano": "9" * 5000}]}]}]})
@example([[]] * 3)
def test_no_request_makes_it_fall(request: object) -> None:
    case = Case()
    otlp.add(case, request)
    otlp.tidy(case)
    diagnose(case)


def test_labels_without_bounds_are_dropped_and_counted() -> None:
    case = Case()
    for i in range(1500):
        point = {"timeUnixNano": "1", "asInt": i, "attributes": [{"key": "user", "value": text(str(i))}]}
        resource = {"attributes": [{"key": "pod", "value": text("a-1")}]}
        otlp.add(
            case,
            {
                "resourceMetrics": [
                    {"resource": resource, "scopeMetrics": [{"metrics": [{"name": "m", "gauge": {"dataPoints": [point]}}]}]}
                ]
            },
        )
    assert len(case.samples) == 1000
    assert case.counts["samples.overflow"] == 500
