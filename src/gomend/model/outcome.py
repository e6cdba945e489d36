"""Verdicts of rules, the plan that follows from findings, and what became of it."""

from __future__ import annotations

import enum
import hashlib

import msgspec

from gomend.model.base import Thing
from gomend.model.finding import Finding
from gomend.model.redact import redact
from gomend.model.step import Step


class VerdictKind(enum.StrEnum):
    """The four answers of a rule."""

    FINDING = "finding"
    CLEAN = "clean"
    NOT_APPLICABLE = "not-applicable"
    UNDETERMINED = "undetermined"


class Verdict(Thing, frozen=True):
    """What one rule answered; ``reason`` says why it did not apply or could not tell."""

    code: str
    kind: VerdictKind
    reason: str = ""
    findings: tuple[Finding, ...] = ()


class Conflict(Thing, frozen=True):
    """Two fixes that cannot both be done; the first in order is kept."""

    kept: str
    dropped: str
    target: str


class Plan(Thing, frozen=True):
    """Ordered steps that mend ``findings`` (fingerprints). ``id`` is the hash of the steps."""

    steps: tuple[Step, ...]
    findings: tuple[str, ...]
    codes: tuple[str, ...]
    fixes: tuple[str, ...]
    conflicts: tuple[Conflict, ...] = ()
    unmended: tuple[str, ...] = ()
    """Fingerprints of findings for which no fix was chosen."""
    id: str = ""

    def __post_init__(self) -> None:
        """Name the plan by what it does."""
        if not self.id:
            raw = msgspec.json.encode(self.steps, order="deterministic")
            msgspec.structs.force_setattr(self, "id", hashlib.sha256(raw).hexdigest()[:12])


class OutcomeKind(enum.StrEnum):
    """What became of a plan."""

    PROVED = "proved"
    STILL_PRESENT = "still-present"
    ROLLED_BACK = "rolled-back"
    PARTLY = "partly"
    UNDETERMINED = "undetermined"


class Outcome(Thing, frozen=True):
    """The end of an ``apply``: proved only if the same rules on fresh facts are silent and nothing worse came up."""

    kind: OutcomeKind
    plan: str
    before: tuple[str, ...]
    """Fingerprints that the plan set out to mend."""
    after: tuple[str, ...]
    """Those of them that are still there, then new ones that are worse."""
    reason: str = ""
    rolled_back: bool = False
    """Whether the steps were undone again."""
    journal: str | None = None
    proof: tuple[Verdict, ...] = ()
    """The verdicts of the re-run rules."""

    def __post_init__(self) -> None:
        """Mask secrets."""
        msgspec.structs.force_setattr(self, "reason", redact(self.reason))
