"""GoLand's run configurations of the project: shared ones (``.run/*.run.xml``, ``.idea/runConfigurations/*.xml``) and a user's own (``.idea/workspace.xml``)."""

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
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.ports.doors import Doors, Scope

FOLDERS = (".run", ".idea/runConfigurations")
"""Where GoLand keeps configurations that are shared, relative to the project."""
OWN = ".idea/workspace.xml"
"""Where it keeps a user's own."""


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
        lines = self.file.text.split("\n")[self.config.line - 1 :]
        at = next((i for i, line in enumerate(lines) if "go_parameters" in line or 'name="GOFLAGS"' in line), 0)
        return self.file.evidence(self.config.line + at)

    def where(self) -> Evidence:
        """The line that the configuration begins with."""
        return self.file.evidence(self.config.line)


class GolandConfigs(Fact, frozen=True):
    """All of them, by file name."""

    configs: tuple[GolandConfig, ...]
    broken: tuple[str, ...] = ()
    """Files that are no XML, with the reason."""
    reads: ClassVar = frozenset({"file:.run/*", "file:.idea/*"})


@collector
async def collect(doors: Doors, scope: Scope) -> GolandConfigs | Absent | Unknown:
    """Read them."""
    found: list[GolandConfig] = []
    broken: list[str] = []
    paths = [os.path.join(scope.root, OWN)]
    for folder in FOLDERS:
        where = os.path.join(scope.root, folder)
        names = doors.files.names(where) if doors.files.entry(where) is not None else ()
        paths += [os.path.join(where, n) for n in sorted(names) if n.endswith(".xml")]
    for path in paths:
        file = load(doors, scope.root, path) if doors.files.entry(path) is not None else None
        if file is None:
            continue
        try:
            found += [GolandConfig(config=c, file=file) for c in runconfig.read(file.text, scope.root)]
        except runconfig.RunConfigError as problem:
            broken.append(f"{file.name}: {problem}")
    if not found and broken:
        return Unknown(reason="; ".join(broken))
    if not found:
        return Absent(reason="there is no run configuration of GoLand")
    return GolandConfigs(configs=tuple(found), broken=tuple(broken))
