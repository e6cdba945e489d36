"""The launch or attach request in a log of Delve's debug adapter: what the editor asked for.

Source: Delve ``service/dap/server.go`` (``[<- from client]`` before each message with ``--log-output=dap``).
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from gomend.golang.facts.log import LogText
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, collector

_MOST = 1 << 20
"""Characters of a line that are read as a message."""


class LoggedLaunch(Fact, frozen=True):
    """The last launch or attach request of a log: mode, program, and the rules of substitutePath as pairs (editor, binary)."""

    request: str
    mode: str
    program: str
    rules: tuple[tuple[str, str], ...]
    evidence: Evidence
    reads: ClassVar = frozenset({"command"})


@collector
async def collect(log: LogText) -> LoggedLaunch | Absent:
    """Find the request; the log's lines may be cut off, then it is not there."""
    for at in range(len(log.lines) - 1, -1, -1):
        line = log.lines[at]
        if '"arguments"' not in line or ('"launch"' not in line and '"attach"' not in line):
            continue
        message = _message(line)
        if message.get("command") in {"launch", "attach"} and isinstance(message.get("arguments"), dict):
            given: dict[str, Any] = message["arguments"]
            listed = given.get("substitutePath")
            rules = [r for r in listed if isinstance(r, dict)] if isinstance(listed, list) else []
            return LoggedLaunch(
                request=str(message["command"]),
                mode=str(given.get("mode") or ""),
                program=str(given.get("program") or ""),
                rules=tuple((str(r.get("from", "")), str(r.get("to", ""))) for r in rules),
                evidence=log.evidence(at),
            )
    return Absent(reason="no launch request of a debug adapter in the log")


def _message(line: str) -> dict[str, Any]:
    start = line.find('{"')
    try:
        found, _ = json.JSONDecoder().raw_decode(line[start : start + _MOST])
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
