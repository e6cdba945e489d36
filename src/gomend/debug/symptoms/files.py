"""Source files that a log of dlv names as the binary records them, and what the log says of breakpoints at all.

Source: Delve ``service/api`` (``"file"`` of JSON-RPC's Location and Breakpoint, ``File:`` of the debugger's own lines), ``pkg/terminal`` ("Breakpoint 1 set at
0x… for main.main() ./main.go:5"), ``service/dap`` (``"path"`` of frames: mapped back to the editor's spelling, so it counts only without rules).
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

from gomend.golang.facts.log import LogText
from gomend.model.base import Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, collector

_RECORDED: Final = re.compile(r"(?:\"file\":|\bFile:)\"((?:[^\"\\]|\\.)+?\.(?:go|s))\"")
_FRAME: Final = re.compile(r"\"path\":\"((?:[^\"\\]|\\.)+?\.go)\"")
_MOST: Final = 5000
"""Files that are kept."""
_CLIP: Final = 1 << 16
"""Characters of a line that are looked at."""


class Recorded(Thing, frozen=True):
    """A file, and the line of the log (from 0) that names it first."""

    path: str
    evidence: Evidence


class LoggedFiles(Fact, frozen=True):
    """The recorded files that a log names, by first mention."""

    files: tuple[Recorded, ...]
    reads: ClassVar = frozenset({"command"})

    def like(self, file: str) -> tuple[Recorded, int] | None:
        """The recorded file that ends like ``file`` and is another path, with the number of parts that agree; None if none or several do."""
        wanted = file.replace("\\", "/").split("/")
        best: list[Recorded] = []
        most = 0
        for one in self.files:
            parts = one.path.split("/")
            same = 0
            while same < min(len(parts), len(wanted)) and parts[-same - 1] == wanted[-same - 1]:
                same += 1
            if one.path == file:
                return None
            if same and same >= most:
                best = [one] if same > most else [*best, one]
                most = same
        return (best[0], most) if len(best) == 1 else None


@collector
async def collect(log: LogText) -> LoggedFiles | Absent:
    """Look for them."""
    found: dict[str, Recorded] = {}
    for at, line in enumerate(log.lines):
        if "layer=dap" in line and "[<- from client]" in line:
            continue
        names = _RECORDED.findall(line[:_CLIP])
        if "[-> to client]" in line and '"stackFrames"' in line:
            names += _FRAME.findall(line[:_CLIP])
        for name in names:
            if name not in found and len(found) < _MOST:
                found[name] = Recorded(path=name, evidence=log.evidence(at))
    return LoggedFiles(files=tuple(found.values())) if found else Absent(reason="the log names no source file of a binary")
