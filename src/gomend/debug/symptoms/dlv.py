"""What dlv says when a breakpoint does not bind or a session does not start: on its console, in its logs, in DAP messages.

Source: Delve 1.20 to 1.27: pkg/proc/bininfo.go (ErrCouldNotFindLine, ErrNoDebugInfoFound), pkg/goversion/compat.go,
service/debugger/debugger_linux.go (attachErrorMessage), pkg/terminal/command.go (optimizedFunctionWarning), service/dap.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import ClassVar, Final

from gomend.golang.facts.log import LogText
from gomend.model.base import Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, collector

_PATTERNS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("stripped", re.compile(r"could not find (?:file|statement at) (?P<file>.+?)(?::(?P<line>\d+))?, binary is stripped")),
    ("no-statement", re.compile(r"could not find statement at (?P<file>.+?):(?P<line>\d+)")),
    ("no-file", re.compile(r"location \\?\"(?P<file>[^\"\\\n]+\.\w+):(?P<line>\d+)\\?\" not found")),
    ("no-file", re.compile(r"could not find file (?P<file>[^\"'\n]+?)(?=[\"'\\]|$|\s*\(|, )")),
    ("stripped", re.compile(r"could not open debug info|no debug info found|could not parse ELF symbols: no symbol section")),
    ("dlv-too-old", re.compile(r"[Vv]ersion of Delve is too old for Go version (?P<go>[\w.]+?)(?= |,|$)", re.ASCII)),
    ("go-too-old", re.compile(r"Go version (?P<go>[\w.]+) is too old for this version of Delve")),
    (
        "ptrace",
        re.compile(
            r"[Cc]ould not attach to pid \d+: (?:this could be caused by a kernel security setting|operation not permitted)"
            r"|could not launch process: (?:fork/exec [^:]+: )?operation not permitted|ptrace: operation not permitted"
        ),
    ),
    ("optimised", re.compile(r"Warning: debugging optimized function|\(optimized out\)|optimized function")),
    ("trimpath", re.compile(r"Warning: debugging executable built with trimpath")),
    ("not-main", re.compile(r"could not launch process: not an executable file|go: no Go program to debug")),
    ("listening", re.compile(r"(?:API|DAP) server listening at: (?P<file>\S+)")),
)


class DlvSymptom(Thing, frozen=True):
    """One thing that dlv said: ``kind``, the file, line or Go version that it named, and the log's line (from 0)."""

    kind: str
    evidence: Evidence
    at: int
    file: str = ""
    line: int = 0
    go: str = ""


class DlvSymptoms(Fact, frozen=True):
    """Everything that dlv said in a log, in order."""

    symptoms: tuple[DlvSymptom, ...]
    reads: ClassVar = frozenset({"command"})

    def of(self, kind: str) -> tuple[DlvSymptom, ...]:
        """Symptoms of one kind, one for each file, line and version."""
        found = {(s.file, s.line, s.go): s for s in reversed(self.symptoms) if s.kind == kind}
        return tuple(sorted(found.values(), key=lambda s: s.at))


@collector
async def collect(log: LogText) -> DlvSymptoms | Absent:
    """Look for dlv's words in the log."""
    found = tuple(parse(log))
    return DlvSymptoms(symptoms=found) if found else Absent(reason="dlv says nothing in the log")


def parse(log: LogText) -> Iterator[DlvSymptom]:
    """The symptoms of a log; a line has at most one, except DAP messages, which have one per breakpoint."""
    for at, line in enumerate(log.lines):
        for text in _texts(line):
            for kind, pattern in _PATTERNS:
                match = pattern.search(text)
                if match:
                    fields = match.groupdict()
                    yield DlvSymptom(
                        kind=kind,
                        evidence=log.evidence(at),
                        at=at,
                        file=(fields.get("file") or "").strip(),
                        line=int(fields.get("line") or 0),
                        go=fields.get("go") or "",
                    )
                    break


def _texts(line: str) -> Iterator[str]:
    """The line itself, or the messages of the breakpoints in a DAP response (as ``--log-output=dap`` writes them)."""
    start = line.find('{"')
    if start < 0 or '"breakpoints"' not in line:
        yield line
        return
    try:
        message, _ = json.JSONDecoder().raw_decode(line[start:])
        listed = message["body"]["breakpoints"]
    except (ValueError, KeyError, TypeError):
        yield line
        return
    for one in listed:
        if isinstance(one, dict) and one.get("verified") is False:
            yield str(one.get("message", ""))
