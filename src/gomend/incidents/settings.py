"""``incidents.toml``: where telemetry comes from, how much of it is kept, what names what. Every value has a default."""

from __future__ import annotations

import re
import tomllib
from typing import Annotated, Final, Literal

import msgspec

from gomend.incidents.labels import DEFAULT, Labels
from gomend.model.base import Thing
from gomend.model.redact import redact

_Positive = Annotated[float, msgspec.Meta(gt=0)]
_Count = Annotated[int, msgspec.Meta(ge=1)]


QUERIES: Final = {
    "container_cpu_usage": 'sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{container!=""}[1m]))',
    "container_memory_working_set_bytes": 'sum by (namespace, pod) (container_memory_working_set_bytes{container!=""})',
}
"""What is asked where nothing is configured: what the kubelet measures of containers."""


class BadSetup(Exception):  # noqa: N818 - it is what it says
    """A set-up that cannot be used; the message says file, line, what is wrong."""


class Listen(Thing, frozen=True):
    """Addresses as HOST:PORT (port 0: any free one; empty: not at all).

    ``http`` takes OTLP, Prometheus remote write and alerts, ``grpc`` OTLP. ``token_env`` names a variable whose value senders
    must give as bearer token; empty: none is asked for, so keep to loopback or a network that you trust.
    """

    http: str = "127.0.0.1:4318"
    grpc: str = "127.0.0.1:4317"
    token_env: str = ""


class Retention(Thing, frozen=True):
    """How much accepted telemetry stays in the store: the newest ``hours``, and of them at most ``megabytes``."""

    hours: _Positive = 6.0
    megabytes: _Positive = 4096.0


class Bounds(Thing, frozen=True):
    """What is looked at, at most. What is over is counted and told, and never fills the memory.

    ``pods``, ``operations`` (names of spans), ``series`` of metrics and ``series_per_pod`` are distinct names; ``spans``, ``lines``,
    ``samples`` and ``events`` are rows, the newest stay; ``waiting`` are rows that came and were not looked at yet: senders are told to wait.
    """

    pods: _Count = 5_000
    operations: _Count = 20_000
    series: _Count = 50_000
    series_per_pod: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1000
    spans: _Count = 2_000_000
    lines: _Count = 1_000_000
    samples: _Count = 2_000_000
    events: _Count = 50_000
    waiting: _Count = 1_000_000


class Kubernetes(Thing, frozen=True):
    """A cluster: pods, events, nodes, deployments are listed, then watched.

    ``kubeconfig`` empty: KUBECONFIG, then what a pod is given, then ~/.kube/config. ``context`` empty: the current one. ``namespaces``
    empty: all of them, which needs a ClusterRole.
    """

    kubeconfig: str = ""
    context: str = ""
    namespaces: tuple[str, ...] = ()


class Prometheus(Thing, frozen=True):
    """A server that is asked each ``step`` seconds: ``queries`` (name → PromQL, of which each series names its pod), and its firing alerts.

    ``back``: seconds of history to ask for at the start. ``exemplars``: ask for those of the queries too.
    """

    url: str
    queries: dict[str, str] = msgspec.field(default_factory=lambda: dict(QUERIES))
    step: _Count = 15
    back: _Positive = 1800.0
    alerts: bool = True
    exemplars: bool = False
    token_env: str = ""


class Jaeger(Thing, frozen=True):
    """A query service that is asked each ``every`` seconds for traces of ``services`` (empty: all that it knows), ``limit`` at most a service.

    ``api``: ``v3`` (``/api/v3/traces``), ``legacy`` (``/api/traces``) or ``auto``: v3, and legacy if that is not there. ``late``: seconds that
    spans may need to get there.
    """

    url: str
    services: tuple[str, ...] = ()
    every: _Positive = 10.0
    late: _Positive = 30.0
    limit: _Count = 1000
    api: Literal["auto", "v3", "legacy"] = "auto"
    token_env: str = ""


class Setup(Thing, frozen=True):
    """All of it. ``store`` is the folder for accepted telemetry, ``every`` the seconds between two looks at it."""

    store: str = ""
    every: _Positive = 1.0
    listen: Listen = Listen()
    retention: Retention = Retention()
    bounds: Bounds = Bounds()
    labels: Labels = DEFAULT
    kubernetes: tuple[Kubernetes, ...] = ()
    prometheus: tuple[Prometheus, ...] = ()
    jaeger: tuple[Jaeger, ...] = ()


_HEAD: Final = re.compile(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?")
_KEY: Final = re.compile(r"^\s*([\w\"'.-]+)\s*=")
_PLACE: Final = re.compile(r"^(?P<why>.*?)(?: - at `\$(?P<where>.*)`)?$", re.DOTALL)
_UNKNOWN: Final = re.compile(r"unknown field `(.+)`")


def decoded(raw: bytes, path: str) -> Setup:
    """The set-up in a file's bytes; ``path`` is for messages.

    Raises:
        BadSetup: it is no TOML, or has an unknown key or a wrong value.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise BadSetup(f"{path}:{raw[: error.start].count(10) + 1}: not UTF-8") from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise BadSetup(f"{path}:{line[1] if line else text.count(chr(10)) + 1}: no TOML: {redact(str(error))}") from None
    try:
        setup = msgspec.convert(document, Setup)
    except msgspec.ValidationError as error:
        place = _PLACE.match(str(error))
        assert place is not None  # the pattern matches anything
        where = [part for part in re.split(r"[.\[\]]+", place["where"] or "") if part]
        unknown = _UNKNOWN.search(place["why"])
        why = "there is no such key" if unknown else redact(place["why"])
        if unknown:
            where.append(unknown[1])
        name = ".".join(part for part in where if not part.isdecimal())
        raise BadSetup(f"{path}:{_line(text, where)}: {name}: {why}") from None
    for key, address in (("http", setup.listen.http), ("grpc", setup.listen.grpc)):
        if address and endpoint(address) is None:
            raise BadSetup(f"{path}:{_line(text, ['listen', key])}: listen.{key}: {address!r} is not HOST:PORT")
    return setup


def endpoint(address: str) -> tuple[str, int] | None:
    """Host and port; None if it is no HOST:PORT."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        return None
    return host.strip("[]"), int(port)


def _line(text: str, where: list[str]) -> int:
    """The line of a key, or of the innermost table around it that is written; a number in ``where`` counts ``[[tables]]``."""
    wanted = [part for part in where if not part.isdecimal()]
    nth = next((int(part) for part in where if part.isdecimal()), 0)
    best, line, table, seen = 0, 1, list[str](), -1
    for number, words in enumerate(text.splitlines(), 1):
        head = _HEAD.match(words)
        if head:
            table = [part.strip("\"' ") for part in head[1].split(".")]
            seen += table == wanted[:1] and words.lstrip().startswith("[[")
        key = None if head else _KEY.match(words)
        path = table + ([part.strip("\"'") for part in key[1].split(".")] if key else [])
        right = not words.lstrip().startswith("#") and (table != wanted[:1] or seen in {-1, nth})
        if right and len(path) > best and path == wanted[: len(path)]:
            best, line = len(path), number
    return line
