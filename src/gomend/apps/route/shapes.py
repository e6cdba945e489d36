"""The shape of ``gomend mod route --format json``; its JSON Schema (``gomend schema decision``) is generated from it."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from gomend.model.base import Thing

SCHEMA: Final = "gomend.decision/1"
"""Name of the answer's shape."""


class StepShape(Thing, frozen=True):
    """One step: ``text`` is English, ``said`` in the chosen language; ``server`` is the base URL of a server that is asked."""

    kind: str
    variable: str
    value: str
    origin: str
    where: str
    text: str
    said: str
    server: str
    falls_on_any: bool
    requests: tuple[str, ...]
    ends: bool


class ModuleShape(Thing, frozen=True):
    """A module of the build list: what the cache has of it, and which of its sums go.sum has."""

    module: str
    version: str
    cached: tuple[str, ...]
    sums: tuple[str, ...]


class GroupShape(Thing, frozen=True):
    """Modules about which go decides alike."""

    modules: tuple[ModuleShape, ...]
    steps: tuple[StepShape, ...]


class CertificateShape(Thing, frozen=True):
    """A server's certificate; ``problem`` says why it is not trusted."""

    issuer: str
    subject: str
    names: tuple[str, ...]
    expires: str
    trusted: bool
    problem: str


class ExchangeShape(Thing, frozen=True):
    """One request that was really sent. Times are milliseconds; ``reaction`` is what go would do: answers, next, stop, waits."""

    server: str
    url: str
    status: int | None
    problem: str
    detail: str
    body: str
    reaction: str
    redirect: str | None
    login: bool
    address: str
    via: str
    dns_ms: float | None
    connect_ms: float | None
    tls_ms: float | None
    first_byte_ms: float | None
    total_ms: float
    certificate: CertificateShape | None


class ProbeShape(Thing, frozen=True):
    """What the servers answered, and what go would have made of it. ``answered_by`` is empty if nobody would."""

    exchanges: tuple[ExchangeShape, ...]
    requests: tuple[str, ...]
    fetchable: bool
    answered_by: str
    cause: str
    stderr: str
    waits: str
    seconds: float
    complete: bool
    """False if something was too large or too slow to be judged."""


class DifferenceShape(Thing, frozen=True):
    """One thing that differs between two environments, for some modules."""

    aspect: str
    a: str
    b: str
    modules: tuple[str, ...]
    text: str


class DecisionShape(Thing, frozen=True, omit_defaults=True):
    """``gomend.decision/1``: one module has ``module``, ``query`` and ``steps``; a project has ``groups``."""

    schema: str
    go: str = ""
    module: str = ""
    query: str = ""
    steps: tuple[StepShape, ...] = ()
    project: str = ""
    groups: tuple[GroupShape, ...] = ()
    probe: ProbeShape | None = None
    same: bool | None = None
    a: str = ""
    b: str = ""
    differences: tuple[DifferenceShape, ...] = ()


def as_json(found: DecisionShape) -> str:
    """The answer as one line of JSON; ``schema`` comes first."""
    built: dict[str, Any] = msgspec.to_builtins(found)
    if found.groups or found.module:
        built.setdefault("steps", [])
    return json.dumps({"schema": found.schema, **built}, ensure_ascii=False)
