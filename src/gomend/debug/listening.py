"""Where files of a project start ``dlv`` as a server, and which ports they publish. Pure: texts in, places out.

No format is parsed: an option looks the same in a Dockerfile, a Compose file, a manifest, a Makefile or a script. Sources: ``dlv help``
(--listen, --headless, --accept-multiclient; there is no password); the Compose specification (ports); docker run (-p).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gomend.model.base import Thing

WIDE: Final = frozenset({"", "0.0.0.0", "[::]", "::", "*"})  # noqa: S104 - names of addresses that are looked for
"""Hosts that mean every interface."""
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
"""Hosts that mean this machine alone."""
_LISTEN: Final = re.compile(
    r"(?:--listen|(?<![\w-])-l)(?:=|\s+|[\"'],\s*[\"'])(?P<address>(?:\[[0-9a-fA-F:]*\]|[\w.*-]*):(?P<port>\d{1,5}))(?!\d)"
)
_DLV: Final = re.compile(r"(?<![\w.-])(?:\S*/)?dlv(?![\w.-])")
_NEAR: Final = 12
"""Lines above an option that may hold the word dlv: lists of arguments are written one a line."""
_PORTS: Final = re.compile(r"^(?P<indent>\s*)(?:ports|appPort|\"appPort\")\s*:(?P<rest>.*)$")
_ENTRY: Final = re.compile(
    r"(?P<quote>[\"']?)(?P<host>(?:\[[0-9a-fA-F:]+\]|\d+\.\d+\.\d+\.\d+):)?(?P<outer>\d{2,5}):(?P<inner>\d{2,5})(?:/tcp)?(?P=quote)"
)
_RUN: Final = re.compile(r"\b(?:docker|podman|nerdctl)\b.*?(?:\s-p|\s--publish)[=\s]+(?P<entry>\S+)")


class Listener(Thing, frozen=True):
    """A place where dlv is told to listen: line from 1, byte span of the address, and its parts."""

    line: int
    start: int
    end: int
    host: str
    port: int

    @property
    def wide(self) -> bool:
        """Whether every interface is listened on."""
        return self.host in WIDE


class Published(Thing, frozen=True):
    """A published port: line, byte offset of the outer port's text, the host's address (empty: every interface) and both ports."""

    line: int
    start: int
    host: str
    outer: int
    inner: int

    @property
    def wide(self) -> bool:
        """Whether it is reachable from other machines."""
        return self.host in WIDE


def listeners(text: str) -> Iterator[Listener]:
    """Every ``--listen`` of a dlv."""
    lines = text.split("\n")
    offset = 0
    for number, line in enumerate(lines):
        bare = line.split("#", 1)[0] if line.lstrip().startswith("#") else line
        for match in _LISTEN.finditer(bare):
            near = "\n".join(lines[max(0, number - _NEAR) : number] if "--listen" in match[0] else []) + "\n" + bare
            if _DLV.search(near) and 0 < int(match["port"]) < 65536:
                start = offset + len(line[: match.start("address")].encode())
                host = match["address"].rpartition(":")[0]
                end = start + len(match["address"].encode())
                yield Listener(line=number + 1, start=start, end=end, host=host, port=int(match["port"]))
        offset += len(line.encode()) + 1


def published(text: str) -> Iterator[Published]:
    """Every port that a Compose file, a devcontainer or a ``docker run`` publishes."""
    offset, inside = 0, -1
    for number, line in enumerate(text.split("\n")):
        opened = _PORTS.match(line)
        indent = len(line) - len(line.lstrip())
        if opened:
            inside = len(opened["indent"])
        elif line.strip() and inside >= 0 and (indent < inside or (indent == inside and not line.lstrip().startswith("-"))):
            inside = -1
        where = line if inside >= 0 else (run["entry"] if (run := _RUN.search(line)) else "")
        if where and not line.lstrip().startswith("#"):
            base = line.find(where)
            for match in _ENTRY.finditer(where):
                yield Published(
                    line=number + 1,
                    start=offset + len(line[: base + match.start("host" if match["host"] else "outer")].encode()),
                    host=(match["host"] or "").rstrip(":"),
                    outer=int(match["outer"]),
                    inner=int(match["inner"]),
                )
        offset += len(line.encode()) + 1
