"""The versioned stream that every output reads. Dropping progress messages changes nothing."""

from __future__ import annotations

from typing import Final

import msgspec

from gomend.model.base import Thing
from gomend.model.finding import Finding
from gomend.model.outcome import Outcome, Plan, Verdict
from gomend.model.redact import redact

STREAM_VERSION: Final = "gomend.stream/1"
"""Schema of a saved run (JSON lines)."""


class Project(Thing, frozen=True):
    """Which project a run looked at; ``go`` is the version of the go command in use, empty if there is none."""

    root: str
    module: str = ""
    go: str = ""


class Command(Thing, frozen=True):
    """The user's own command, for ``gomend run``."""

    argv: tuple[str, ...]
    exit: int

    def __post_init__(self) -> None:
        """Mask secrets."""
        msgspec.structs.force_setattr(self, "argv", tuple(redact(word) for word in self.argv))


class Config(Thing, frozen=True, tag="config", tag_field="message"):
    """First message: what was asked."""

    schema: str
    version: str
    project: Project
    selected: tuple[str, ...]
    depth: str
    offline: bool
    command: Command | None = None
    log: str = ""
    """Name of the text that was to be explained, if one was given."""


class Progress(Thing, frozen=True, tag="progress", tag_field="message"):
    """Something is being done; for people only."""

    what: str
    done: int = 0
    total: int = 0


class Fault(Thing, frozen=True, tag="fault", tag_field="message"):
    """gomend itself failed in one collector or rule; the rest of the run goes on. ``trace`` names code, never values."""

    where: str
    error: str
    trace: str

    def __post_init__(self) -> None:
        """Mask secrets."""
        msgspec.structs.force_setattr(self, "error", redact(self.error))
        msgspec.structs.force_setattr(self, "trace", redact(self.trace))


class FactSeen(Thing, frozen=True, tag="fact", tag_field="message"):
    """A fact was collected: ``known``, ``absent`` or ``unknown``."""

    name: str
    status: str
    reason: str = ""
    seconds: float = 0.0


class FindingSeen(Thing, frozen=True, tag="finding", tag_field="message"):
    """A finding, roots first."""

    finding: Finding


class PlanMade(Thing, frozen=True, tag="plan", tag_field="message"):
    """The plan that would mend the findings."""

    plan: Plan


class OutcomeSeen(Thing, frozen=True, tag="outcome", tag_field="message"):
    """What became of the plan."""

    outcome: Outcome


class Summary(Thing, frozen=True, tag="summary", tag_field="message"):
    """Last message: counts by severity, and every rule that could not tell."""

    error: int
    warning: int
    info: int
    clean: int
    undetermined: tuple[Verdict, ...]
    not_applicable: int


Message = Config | Progress | Fault | FactSeen | FindingSeen | PlanMade | OutcomeSeen | Summary
"""Any message."""
