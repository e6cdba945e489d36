"""Lines of the journal: OTLP as JSON as it came, all else as one object whose one key says what it is."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import msgspec

from gomend.incidents import alerts, jaeger, kubernetes, otlp, otlpwire, promwire
from gomend.incidents.rows import Case


def protobuf(signal: str, body: bytes) -> bytes:
    """A protobuf request (``traces``, ``logs``, ``metrics`` of OTLP, ``write`` of Prometheus) as a line: telemetry shrinks to a tenth, at 1 GB/s.

    Raises:
        ModuleNotFoundError: cramjam is not installed.
    """
    import cramjam

    packed = base64.b64encode(bytes(cramjam.zstd.compress(body, level=1)))
    return b'{"protobuf":"%s","size":%d,"zstd":"%s"}' % (signal.encode(), len(body), packed)


def said(what: str, value: Any) -> bytes:
    """What a source answered (``kubernetes``, ``alerts``, ``prometheus``, ``jaeger``) as a line."""
    return msgspec.json.encode({what: value})


def add_line(case: Case, line: object) -> None:
    """Add a decoded line of the journal; what it should not be is counted."""
    if not isinstance(line, Mapping):
        otlp.count(case, "requests.ragged")
    elif "kubernetes" in line:
        kubernetes.add(case, line["kubernetes"])
    elif "alerts" in line:
        alerts.add(case, line["alerts"])
    elif "prometheus" in line:
        promwire.add_answer(case, line["prometheus"])
    elif "jaeger" in line:
        jaeger.add(case, line["jaeger"])
    elif "protobuf" in line:
        _protobuf(case, line)
    else:
        otlp.add(case, line)


def _protobuf(case: Case, line: Mapping[str, Any]) -> None:
    signal = line["protobuf"]
    try:
        raw = _raw(line)
        if signal == "write":
            promwire.add(case, promwire.parsed(raw))
        else:
            otlpwire.add(case, str(signal), otlpwire.parsed(str(signal), raw))
    except (ValueError, ModuleNotFoundError):
        otlp.count(case, "requests.ragged")


def _raw(line: Mapping[str, Any]) -> bytes:
    """The bytes of a line, never more than a request may have: a store may come from anywhere.

    Raises:
        ValueError: they cannot be had.
    """
    import cramjam

    size = line.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= promwire.LIMIT:
        raise ValueError("size")
    room = bytearray(size)
    try:
        made = cramjam.zstd.decompress_into(base64.b64decode(str(line.get("zstd")), validate=True), room)
    except cramjam.DecompressionError as error:
        raise ValueError(str(error)) from None
    if made != size:
        raise ValueError("size")
    return bytes(room)
