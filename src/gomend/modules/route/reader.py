"""Who reads go.mod files, and modules in order."""

from __future__ import annotations

from typing import Protocol

from gomend.golang import semver
from gomend.modules.route.errors import Mod
from gomend.modules.route.gomod import Summary
from gomend.modules.route.process import Process


class Reader(Protocol):
    """Who reads go.mod files: the state of the process."""

    process: Process
    main: str
    mains: dict[str, str]
    work: str

    def summary_of(self, mod: Mod) -> Summary:
        """A dependency read from its go.mod."""
        ...

    def required_of(self, mod: Mod) -> list[Mod]:
        """What a dependency requires."""
        ...


def in_order(mods: list[Mod]) -> list[Mod]:
    """gover.ModSort."""
    return sorted(mods, key=lambda m: (m.path, semver.key(m.path, m.version)))
