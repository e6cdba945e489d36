"""Servers that never answer: go has no time limit, and what it asks in parallel goes on being asked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gomend.lab import tls

from .agreement import compare

P1, P2 = "http://127.0.0.1:{P1}", "http://127.0.0.1:{P2}"
TIME = 2
COMMANDS = (
    "go mod download example.com/a@v1.0.0",
    "go mod download example.com/a@v1.0.0 example.com/b@v1.0.0",
    "go get example.com/multi/in",
    "go install example.com/multi/cmd/x@latest",
    "go list -m example.com/a@latest",
)
FAULTS: tuple[tuple[str, str], ...] = (
    (".", "hang"),
    (r"\.zip$", "hang"),
    ("/@v/list", "hang"),
    ("example.com/multi/@", "hang"),
    (".", "slow:5"),
    (".", "slow:0.5"),
)
"""Which requests, and what happens to them; seven late answers of half a second each are too late as well."""


def scenes() -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for command in COMMANDS:
        for pattern, action in FAULTS:
            made.append(
                {
                    "id": f"{command}, {pattern} {action}",
                    "env": {"GOPROXY": f"{P1}|{P2}"},
                    "servers": {"P1": {"default": "ok", "rules": [[pattern, action]]}, "P2": {"default": "ok"}},
                    "files": {"m/go.mod": "module m\n\ngo 1.21\n"},
                    "timeout": TIME,
                    "command": command,
                }
            )
    for path in ("/supported", "/lookup/", "/tile/"):
        one = {**made[0], "id": f"sumdb {path}", "env": {"GOPROXY": P1, "GOSUMDB": "{KEY}"}}
        made.append({**one, "servers": {"P1": {"default": "ok", "rules": [[path, "hang"]]}}})
    return made


def test_waiting() -> None:
    tls.authority()
    with ThreadPoolExecutor(8) as pool:
        wrong = [verdict.wrong for verdict in pool.map(compare, scenes()) if verdict.wrong]
    assert not wrong, "\n\n".join(wrong)
