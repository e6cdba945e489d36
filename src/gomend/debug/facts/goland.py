"""GoLand's shared run configurations of the project: ``.run/*.run.xml`` and ``.idea/runConfigurations/*.xml``."""

from __future__ import annotations

import os
import shlex
from typing import ClassVar

from gomend.debug import buildflags, runconfig
from gomend.debug.facts.files import load
from gomend.debug.runconfig import RunConfig
from gomend.golang.facts.project import TextFile
from gomend.model.base import Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, collector
from gomend.ports.doors import Doors, Scope

FOLDERS = (".run", ".idea/runConfigurations")
"""Where GoLand keeps configurations that are shared, relative to the project."""


class GolandConfig(Thing, frozen=True):
    """One configuration and the file that it stands in."""

    config: RunConfig
    file: TextFile

    @property
    def flags(self) -> buildflags.Flags:
        """What go build is given besides GoLand's own -gcflags; GOFLAGS of the configuration included."""
        try:
            words = shlex.split(self.config.flags)
        except ValueError:  # a quote is open; GoLand would refuse it
            words = self.config.flags.split()
        return buildflags.parse_flags(words, self.config.env.get("GOFLAGS", ""))

    def evidence(self) -> Evidence:
        """The line with the parameters, or with GOFLAGS."""
        lines = self.file.text.split("\n")
        at = next((i for i, line in enumerate(lines) if "go_parameters" in line or 'name="GOFLAGS"' in line), 0)
        return self.file.evidence(at + 1)


class GolandConfigs(Fact, frozen=True):
    """All of them, by file name."""

    configs: tuple[GolandConfig, ...]
    reads: ClassVar = frozenset({"file:.run/*", "file:.idea/runConfigurations/*"})


@collector
async def collect(doors: Doors, scope: Scope) -> GolandConfigs | Absent:
    """Read them."""
    found = []
    for folder in FOLDERS:
        where = os.path.join(scope.root, folder)
        names = doors.files.names(where) if doors.files.entry(where) is not None else ()
        for name in sorted(n for n in names if n.endswith(".xml")):
            file = load(doors, scope.root, os.path.join(where, name))
            if file is not None:
                found += [GolandConfig(config=c, file=file) for c in runconfig.read(file.text, scope.root)]
    return GolandConfigs(configs=tuple(found)) if found else Absent(reason="there is no run configuration of GoLand")
