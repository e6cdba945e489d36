"""Lines of the journal: OTLP as JSON as it came, all else as one object whose one key says what it is."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from gomend.incidents import alerts, jaeger, kubernetes, otlp, otlpwire, promwire
from gomend.incidents.rows import Case


def protobuf(signal: str, body: bytes) -> bytes:
    """A protobuf request (``traces``, ``logs``, ``metrics`` of OTLP, ``write`` of Prometheus) as a line."""
    return b'{"protobuf":"' + signal.encode() + b'","body":"' + base64.b64encode(body) + b'"}'


def said(what: str, value: Any) -> bytes:
    """What a source answered (``kubernetes``, ``alerts``, ``prometheus``, ``jaeger``) as a line."""
    return json.dumps({what: value}, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


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
    signal, body = line["protobuf"], line.get("body")
    if not isinstance(signal, str) or not isinstance(body, str):
        otlp.count(case, "requests.ragged")
        return
    try:
        raw = base64.b64decode(body, validate=True)
        if signal == "write":
            promwire.add(case, promwire.parsed(raw))
        else:
            otlpwire.add(case, signal, otlpwire.parsed(signal, raw))
    except (ValueError, ModuleNotFoundError):
        otlp.count(case, "requests.ragged")
