"""The shape of slo.yaml, for editors: ``gomend schema slo.yaml``. :mod:`gomend.slo.config` reads the file and knows its fields from here.

Numbers may be texts, so that they stay exact: ``99.95%``, ``"0.9999"``. Lengths of time are ``5m``, ``1h30m``, ``30d``.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from gomend.model.base import Thing

Exact = float | str
"""A number, perhaps written as a text; ``%`` divides by a hundred."""


class PolicyDocument(Thing, frozen=True):
    """How far beyond the objective is bad, and what blocks."""

    mode: Literal["relative", "budget", "absolute"] = "relative"
    margin: Exact = 0.1
    better: Literal["higher", "lower"] = "higher"
    need: int = 3
    missing: Literal["hold", "reset", "bad"] = "hold"
    max_missing: int = 3
    min_events: int = 0
    max_low: int = 6
    settle: str = ""


class SourceDocument(Thing, frozen=True):
    """A server or database. The address stands in ``url`` or in the variable that ``url_env`` names; headers may use ``${NAME}``."""

    kind: Literal["prometheus", "sql"]
    url: str = ""
    url_env: str = ""
    headers: dict[str, str] = {}
    timeout: str = "30s"


class SetsDocument(Thing, frozen=True):
    """What counts as what, as classes of statuses: ``2xx 3xx``."""

    good: str = ""
    bad: str = ""
    excluded: str = ""


class SliDocument(Thing, frozen=True, rename={"from_": "from"}):
    """One team's definition: ``good`` or ``bad`` with ``total``, or ``value``; queries with ``[$window]``, or names of columns."""

    source: Literal["promql", "sql", "csv", "parquet", "log", "prose"]
    from_: str = ""
    good: str = ""
    bad: str = ""
    total: str = ""
    excluded: str = ""
    value: str = ""
    events: str = ""
    query: str = ""
    path: str = ""
    format: str = ""
    time: str = ""
    sets: SetsDocument | None = None
    population: str = ""
    place: str = ""
    statistic: str = ""
    unit: str = ""
    window: str = ""
    sampling: str = ""
    owner: str = ""
    says: str = ""


class SloDocument(Thing, frozen=True):
    """An objective, and what each team measures for it; ``judge`` names the team whose SLI the gate judges (default: the first)."""

    name: str
    objective: Exact
    sli: dict[str, SliDocument]
    title: str = ""
    service: str = ""
    owner: str = ""
    unit: str = ""
    window: str = "30d"
    period: str = "5m"
    policy: PolicyDocument | None = None
    judge: str = ""
    labels: dict[str, str] = {}


class DefaultsDocument(Thing, frozen=True):
    """What holds for every objective that does not say otherwise."""

    owner: str = ""
    service: str = ""
    window: str = "30d"
    period: str = "5m"
    policy: PolicyDocument | None = None
    unit: str = ""


class Document(Thing, frozen=True):
    """slo.yaml. ``definitions`` are only aligned: ``sli``, perhaps ``objective`` and ``counts``, and a field for each team."""

    version: int = 1
    sources: dict[str, SourceDocument] = {}
    defaults: DefaultsDocument | None = None
    slos: list[SloDocument] = []
    definitions: list[dict[str, Any]] = []


def fields(kind: type[Thing]) -> tuple[str, ...]:
    """Names of the fields of a document, as they stand in the file."""
    return tuple(field.encode_name for field in msgspec.structs.fields(kind))
