"""Findings: what a rule says when facts contradict each other, with evidence and a way out."""

from __future__ import annotations

import hashlib

import msgspec

from gomend.model.base import Area, Confidence, Safety, Severity, Thing
from gomend.model.evidence import Evidence
from gomend.model.redact import redact
from gomend.model.step import Step
from gomend.model.text import Said


class Subject(Thing, frozen=True):
    """What a finding is about. ``path`` is relative to the project where it lies in it; ``line`` and ``column`` from 1."""

    kind: str
    name: str
    path: str | None = None
    line: int | None = None
    column: int | None = None

    def __post_init__(self) -> None:
        """Mask secrets."""
        msgspec.structs.force_setattr(self, "name", redact(self.name))


class Fix(Thing, frozen=True):
    """One way out of a finding. A manual fix has no steps, only ``hints``: commands for a person to run or adapt."""

    id: str
    title: Said
    safety: Safety
    steps: tuple[Step, ...] = ()
    hints: tuple[str, ...] = ()
    shell: tuple[str, ...] = ()
    """The same as commands a person could type (filled in by the engine)."""
    diff: str = ""
    """What the file edits change, as a unified diff (filled in by the engine)."""

    def __post_init__(self) -> None:
        """Mask secrets in what is shown; steps are masked when they are shown or stored."""
        msgspec.structs.force_setattr(self, "hints", tuple(redact(hint) for hint in self.hints))


class Finding(Thing, frozen=True):
    """One contradiction, named. Built by :meth:`gomend.model.rule.Rule.finding`, never without evidence."""

    code: str
    slug: str
    area: Area
    severity: Severity
    confidence: Confidence
    title: Said
    message: Said
    subject: Subject
    evidence: tuple[Evidence, ...]
    fixes: tuple[Fix, ...] = ()
    explained_by: str | None = None
    """Fingerprint of the finding that is the root of this one."""
    fingerprint: str = ""

    def __post_init__(self) -> None:
        """Refuse a finding that shows nothing."""
        if not self.evidence:
            msg = f"{self.code}: a finding needs evidence"
            raise ValueError(msg)


def fingerprint(code: str, subject: Subject, key: str) -> str:
    """The identity of a finding: the same in every language and after lines moved."""
    parts = "\0".join((code, subject.kind, subject.name, subject.path or "", key))
    return hashlib.sha256(parts.encode(errors="surrogateescape")).hexdigest()[:20]
