"""Read one case: a folder with ``traces``, ``logs``, ``metrics`` and ``events``, each Parquet, CSV or JSON lines, or ``*.otlp.jsonl``, and what :mod:`gomend.incidents.foreign` knows; any may be missing.

DuckDB reads the files. Column names differ between sources, so each column is looked for under the names that are in use.
"""

from __future__ import annotations

import glob
import gzip
import math
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from gomend.incidents import foreign, identity, kept, otlp, rates, sane
from gomend.incidents.labels import DEFAULT
from gomend.incidents.naming import service_of
from gomend.incidents.rows import Case, Event, Line, Sample, Span

if TYPE_CHECKING:
    import duckdb

_LONGEST: Final = 64 * 1024 * 1024
"""Bytes of a line beyond which it is cut, and counted as ragged."""
READERS: Final = {".parquet": "read_parquet", ".csv": "read_csv_auto", ".jsonl": "read_json_auto", ".json": "read_json_auto"}
"""What DuckDB reads a file with."""
_SPAN: Final = {
    "trace": ("TraceID", "trace_id", "traceId"),
    "id": ("SpanID", "span_id", "spanId"),
    "parent": ("ParentID", "ParentSpanID", "parent_span_id", "parentSpanId"),
    "pod": ("PodName", "Pod", "pod", "k8s.pod.name", "k8s_pod_name"),
    "op": ("OperationName", "Op", "name", "span_name", "SpanName"),
    "start": ("StartTimeUnixNano", "StartNs", "start_ns", "startTimeUnixNano", "start_time", "Timestamp"),
    "end": ("EndTimeUnixNano", "EndNs", "end_ns", "endTimeUnixNano", "end_time"),
    "failed": ("StatusCode", "status_code", "error"),
}
_LINE: Final = {
    "at": ("TimeUnixNano", "time_ns", "timeUnixNano", "TimestampNs", "Timestamp"),
    "pod": ("PodName", "Pod", "pod", "k8s.pod.name", "k8s_pod_name"),
    "trace": ("TraceID", "trace_id", "traceId"),
    "span": ("SpanID", "span_id", "spanId"),
    "text": ("Log", "body", "Body", "message"),
}
_EVENT: Final = {
    "at": ("TimeUnixNano", "time_ns", "lastTimestampNs"),
    "pod": ("PodName", "pod", "involvedObject", "object"),
    "reason": ("Reason", "reason"),
    "message": ("Message", "message", "note"),
}
_DURATION: Final = ("Duration", "duration_ns", "DurationNs")
"""Nanoseconds; what the Collector's exporters of tables write instead of an end."""
_RESOURCE: Final = ("ResourceAttributes", "resource_attributes")
_METRIC: Final = ("metric", "MetricName", "metric_name", "__name__")
_VALUE: Final = ("value", "Value")
_POD: Final = ("PodName", "Pod", "pod", "k8s.pod.name", "k8s_pod_name")
_SERVICE: Final = ("svc", "service", "service.name", "service_name", "ServiceName")
_SECONDS: Final = ("TimeStamp", "timestamp", "time_s", "TimeUnix")
_NOT_METRICS: Final = frozenset({"Time", "file", *_POD, *_SERVICE, *_SECONDS})
_OFFSET: Final = r"\d:\d\d.*[+-]\d\d(:?\d\d)?$"
_ERRORS: Final = frozenset({"error", "status_code_error", "2", "true"})


class BadCase(Exception):  # noqa: N818 - it is what it says
    """A folder or a file that cannot be read as telemetry; ``what`` says which, ``why`` the reason."""

    def __init__(self, what: str, why: str) -> None:
        """Keep both."""
        super().__init__(f"{what}: {why}")
        self.what, self.why = what, why


def read(folder: str) -> Case:
    """All telemetry of a folder.

    Raises:
        BadCase: there is no such folder, nothing in it, or a file is damaged or lacks a column.
        ModuleNotFoundError: DuckDB is not installed.
    """
    import duckdb

    if not os.path.isdir(folder):
        raise BadCase(folder, "no such folder")
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    case = Case()
    found = 0
    for name, take in (("traces", _spans), ("logs", _lines), ("metrics", _samples), ("events", _events)):
        path = _file(folder, name)
        if path is None:
            continue
        found += 1
        try:
            take(connection, path, case)
        except duckdb.Error as error:
            raise BadCase(path, str(error).splitlines()[0]) from None
    exported = sorted(path for ending in ("", ".gz") for path in glob.glob(f"{glob.escape(folder)}/*.otlp.jsonl{ending}"))
    for path in exported:
        add_exported(path, case)
    try:
        others = foreign.add(folder, case)
    except foreign.NoJson as error:
        raise BadCase(error.path, f"no JSON: {error}") from None
    except OSError as error:
        raise BadCase(error.filename or folder, error.strerror or str(error)) from None
    if exported or others:
        otlp.tidy(case)
    if not found and not exported and not others:
        names = ", ".join(f"*{ending}" for ending in (".otlp.jsonl", *foreign.FORMS))
        raise BadCase(folder, f"no traces, logs, metrics or events (.parquet, .csv, .jsonl), none of {names}")
    identity.settle(case)
    sane.settle(case)
    rates.settle(case)
    for pod in (
        {s.pod for s in case.spans} | {x.pod for x in case.lines} | {s.pod for s in case.samples} | {e.pod for e in case.events}
    ):
        case.owners.setdefault(pod, service_of(pod))
    return case


def add_exported(path: str, case: Case) -> None:
    """Add lines of OTLP as JSON, and of the journal; the last one may be cut off when its writer was killed.

    Raises:
        BadCase: the file cannot be read.
    """
    for line in decoded_lines(path):
        kept.add_line(case, line)


def decoded_lines(path: str) -> Iterator[object]:
    """The JSON of each line; None for one that is none.

    Raises:
        BadCase: the file cannot be read.
    """
    try:
        with gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb") as file:
            while line := file.readline(_LONGEST):
                try:
                    yield msgspec.json.decode(line)
                except (ValueError, RecursionError):
                    yield None
    except (OSError, EOFError, zlib.error) as error:
        raise BadCase(path, getattr(error, "strerror", None) or str(error)) from None


def _file(folder: str, name: str) -> str | None:
    for suffix in READERS:
        path = os.path.join(folder, name + suffix)
        if os.path.isfile(path):
            return path
    return None


def _source(path: str) -> str:
    quoted = glob.escape(path).replace("'", "''")
    return f"{READERS[os.path.splitext(path)[1]]}('{quoted}')"


def _columns(connection: duckdb.DuckDBPyConnection, path: str) -> dict[str, str]:
    """Types by column."""
    return {str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {_source(path)}").fetchall()}  # noqa: S608


def _pick(columns: Iterable[str], names: Sequence[str]) -> str | None:
    lower = {c.lower(): c for c in columns}
    return next((lower[n.lower()] for n in names if n.lower() in lower), None)


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _terms(
    connection: duckdb.DuckDBPyConnection, path: str, wanted: dict[str, tuple[str, ...]], need: Sequence[str]
) -> dict[str, str]:
    """What to select for each wanted field: the column that has it, or NULL."""
    columns = _columns(connection, path)
    terms: dict[str, str] = {}
    for field, names in wanted.items():
        column = _pick(columns, names)
        if column is None:
            terms[field] = _instead(field, columns, terms)
            if terms[field] == "NULL" and field in need:
                raise BadCase(path, f"no column for {field} (one of {', '.join(names)})")
        elif field not in {"start", "end", "at"}:
            terms[field] = f"TRY_CAST({_quoted(column)} AS VARCHAR)"
        elif columns[column].startswith("TIMESTAMP"):
            terms[field] = f"epoch_ns({_quoted(column)})"
        else:
            terms[field] = f"TRY_CAST({_quoted(column)} AS BIGINT)"
            if columns[column] == "VARCHAR":
                terms[field] = f"COALESCE({terms[field]}, {_moment('epoch_ns', column)})"
    return terms


def _moment(function: str, column: str) -> str:
    """A time that is written as text; DuckDB minds its offset from UTC only as TIMESTAMPTZ, which has no nanoseconds."""
    said = _quoted(column)
    zoned = f"regexp_matches({said}, '{_OFFSET}')"
    zoned_at, plain_at = (f"{function}(TRY_CAST({said} AS {kind}))" for kind in ("TIMESTAMPTZ", "TIMESTAMP_NS"))
    return f"CASE WHEN {zoned} THEN {zoned_at} ELSE {plain_at} END"


def _instead(field: str, columns: dict[str, str], terms: dict[str, str]) -> str:
    """What stands for a field that has no column, as the Collector's exporters of tables write it; NULL for nothing."""
    duration, resource = _pick(columns, _DURATION), _pick(columns, _RESOURCE)
    if field == "end" and duration:
        return f"{terms['start']} + TRY_CAST({_quoted(duration)} AS BIGINT)"
    if field == "pod" and resource and columns[resource].startswith("MAP"):
        held = _quoted(resource)
        return "COALESCE(" + ", ".join(f"{held}['{name}']" for name in (*DEFAULT.pod, *DEFAULT.stand_in)) + ")"
    return "NULL"


def _select(
    connection: duckdb.DuckDBPyConnection, path: str, wanted: dict[str, tuple[str, ...]], need: Sequence[str]
) -> list[Any]:
    terms = _terms(connection, path, wanted, need)
    return connection.execute(f"SELECT {', '.join(terms.values())} FROM {_source(path)}").fetchall()  # noqa: S608 - names are quoted


def views(connection: duckdb.DuckDBPyConnection, folder: str) -> list[str]:
    """Views ``spans``, ``lines`` and ``events`` with our names for columns, and ``metrics`` as it is, over the files of a folder; which there are.

    Raises:
        BadCase: a file is damaged or lacks a column, or there is none.
    """
    import duckdb

    made: list[str] = []
    for file, view, wanted in (
        ("traces", "spans", _SPAN),
        ("logs", "lines", _LINE),
        ("metrics", "metrics", None),
        ("events", "events", _EVENT),
    ):
        path = _file(folder, file)
        if path is None:
            continue
        try:
            terms = _terms(connection, path, wanted, ()) if wanted else {}
            listed = ", ".join(f"{term} AS {_quoted(field)}" for field, term in terms.items()) or "*"
            connection.execute(f"CREATE VIEW {view} AS SELECT {listed} FROM {_source(path)}")  # noqa: S608 - names are quoted
        except duckdb.Error as error:
            raise BadCase(path, str(error).splitlines()[0]) from None
        made.append(view)
    if not made:
        raise BadCase(folder, "no traces, logs, metrics or events (.parquet, .csv, .jsonl)")
    return made


def _spans(connection: duckdb.DuckDBPyConnection, path: str, case: Case) -> None:
    seen: set[tuple[str, str]] = set()
    rows = _select(connection, path, _SPAN, ("trace", "id", "pod", "op", "start", "end"))
    for trace, id, parent, pod, op, start, end, failed in rows:
        if not trace or not id or not pod or start is None or end is None or end < start:
            _count(case, "spans.ragged")
        elif (trace, id) in seen:
            _count(case, "spans.duplicate")
        else:
            seen.add((trace, id))
            case.spans.append(Span(trace, id, parent or "", pod, op or "", start, end, str(failed).lower() in _ERRORS))
    case.counts["spans"] = len(case.spans)


def _lines(connection: duckdb.DuckDBPyConnection, path: str, case: Case) -> None:
    for at, pod, trace, span, said in _select(connection, path, _LINE, ("at", "pod", "text")):
        if at is None or not pod or said is None:
            _count(case, "lines.ragged")
        else:
            case.lines.append(Line(at, pod, trace or "", span or "", said))
    case.counts["lines"] = len(case.lines)


def _events(connection: duckdb.DuckDBPyConnection, path: str, case: Case) -> None:
    for at, pod, reason, message in _select(connection, path, _EVENT, ("at", "pod", "reason")):
        if at is None or not pod or not reason:
            _count(case, "events.ragged")
        else:
            case.events.append(Event(at, pod, reason, message or ""))


def _samples(connection: duckdb.DuckDBPyConnection, path: str, case: Case) -> None:
    columns = _columns(connection, path)
    at, pod, service = _pick(columns, _SECONDS), _pick(columns, _POD), _pick(columns, _SERVICE)
    if at is None or pod is None:
        raise BadCase(path, f"no column for time or pod (of {', '.join(columns)})")
    seconds = f"epoch({_quoted(at)})" if columns[at].startswith("TIMESTAMP") else f"TRY_CAST({_quoted(at)} AS DOUBLE)"
    if columns[at] == "VARCHAR":
        seconds = f"COALESCE({seconds}, {_moment('epoch', at)})"
    metric, value = _pick(columns, _METRIC), _pick(columns, _VALUE)
    if metric and value:
        _long(connection, path, case, (seconds, _quoted(pod), _quoted(metric), f"TRY_CAST({_quoted(value)} AS DOUBLE)"))
        return
    metrics = [c for c in columns if c not in _NOT_METRICS]
    terms = [seconds, _quoted(pod), _quoted(service) if service else "NULL"]
    terms += [f"TRY_CAST({_quoted(m)} AS DOUBLE)" for m in metrics]
    seen: set[tuple[float, str]] = set()
    for at_s, name, owner, *values in connection.execute(f"SELECT {', '.join(terms)} FROM {_source(path)}").fetchall():  # noqa: S608
        if at_s is None or not name:
            _count(case, "samples.ragged")
            continue
        if (at_s, name) in seen:
            _count(case, "samples.duplicate")
            continue
        seen.add((at_s, name))
        if owner:
            case.owners[name] = owner
        when = int(at_s * 1e9)
        case.samples += [
            Sample(when, name, m, v) for m, v in zip(metrics, values, strict=True) if v is not None and math.isfinite(v)
        ]
    case.counts["samples"] = len(case.samples)


def _long(connection: duckdb.DuckDBPyConnection, path: str, case: Case, terms: tuple[str, str, str, str]) -> None:
    """Metrics with a row for each value."""
    seen: set[tuple[float, str, str]] = set()
    for at, pod, metric, value in connection.execute(f"SELECT {', '.join(terms)} FROM {_source(path)}").fetchall():  # noqa: S608 - names are quoted
        if at is None or not pod or not metric or value is None or not math.isfinite(value):
            _count(case, "samples.ragged")
        elif (at, pod, metric) in seen:
            _count(case, "samples.duplicate")
        else:
            seen.add((at, pod, metric))
            case.samples.append(Sample(int(at * 1e9), pod, metric, value))
    case.counts["samples"] = len(case.samples)


def _count(case: Case, what: str) -> None:
    case.counts[what] = case.counts.get(what, 0) + 1
