"""The rows that the analysis works on. Times are nanoseconds since the epoch on one clock, durations milliseconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from gomend.incidents.labels import DEFAULT, Labels


class Span(NamedTuple):
    """One span as it was sent; ``parent`` is empty or unknown for a root."""

    trace: str
    id: str
    parent: str
    pod: str
    op: str
    start: int
    end: int
    failed: bool = False


class Line(NamedTuple):
    """One log line; ``trace`` and ``span`` are empty when the line does not say."""

    at: int
    pod: str
    trace: str
    span: str
    text: str


class Sample(NamedTuple):
    """One sample of one metric of one pod; ``value`` is never NaN."""

    at: int
    pod: str
    metric: str
    value: float


class Event(NamedTuple):
    """Something the cluster says of a pod (``OOMKilled``, ``BackOff``, ``Deployed`` …)."""

    at: int
    pod: str
    reason: str
    message: str


class Exemplar(NamedTuple):
    """A trace that stands for a value of a metric of a pod."""

    at: int
    pod: str
    metric: str
    trace: str
    value: float


@dataclass(slots=True)
class Case:
    """All telemetry of one stretch of time; any part may be empty. ``owners`` maps pods to services where the data says so."""

    spans: list[Span] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    owners: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    """What reading noticed: rows seen, duplicates dropped, rows that could not be used."""
    series: dict[str, set[str]] = field(default_factory=dict)
    """Names of metrics by pod, as far as they are counted."""
    labels: Labels = DEFAULT
    """Which attributes name what."""
    sure: dict[str, int] = field(default_factory=dict)
    """How sure the owner of a pod is (see :mod:`gomend.incidents.identity`)."""
    uids: dict[str, str] = field(default_factory=dict)
    """Pods by UID, as the cluster says."""
    counters: set[str] = field(default_factory=set)
    """Series that only grow: what counts is how fast."""
    places: dict[str, str] = field(default_factory=dict)
    """Nodes by pod."""
    exemplars: list[Exemplar] = field(default_factory=list)
