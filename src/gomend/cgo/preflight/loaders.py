"""The dynamic loader that a command names itself (``-extldflags -Wl,--dynamic-linker=…``)."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.targets import Targets
from gomend.model.base import Confidence, Cost, Severity
from gomend.model.facts import Absent, Fact, collector
from gomend.ports.doors import Doors

_NAMED: Final = re.compile(r"(?:--?dynamic-linker|-I)[=,]([^,\s]+)")


class NamedLoader(Fact, frozen=True):
    """The loader, who names it, and whether this machine has it; a cross build says nothing of this machine."""

    path: str
    source: str
    exists: bool
    cross: bool = False
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"command", "env", "go-env"})

    @property
    def confidence(self) -> Confidence:
        """Whether it will really be run here is not known."""
        return Confidence.MEDIUM if self.cross else Confidence.HIGH

    @property
    def severity(self) -> Severity:
        """A program for elsewhere may find its loader there."""
        return Severity.INFO if self.cross else Severity.WARNING


@collector
async def collect(doors: Doors, flags: BuildFlags, targets: Targets) -> NamedLoader | Absent:
    """Read the flags."""
    for word in (*flags.extldflags, flags["ldflags"]):
        match = _NAMED.search(word)
        if match:
            exists = doors.files.entry(match[1]) is not None
            return NamedLoader(path=match[1], source=flags.sources["ldflags"], exists=exists, cross=targets.current.cross)
    return Absent(reason="the command names no dynamic loader")
