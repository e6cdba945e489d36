"""A run as the messages told it, and its saved form (JSON lines)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

import msgspec

from gomend.model.base import Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Fix
from gomend.model.message import (
    STREAM_VERSION,
    Config,
    FactSeen,
    Fault,
    FindingSeen,
    Message,
    OutcomeSeen,
    PlanMade,
    Progress,
    Project,
    Summary,
)
from gomend.model.outcome import Outcome, Plan
from gomend.model.step import masked


class BadStream(Exception):  # noqa: N818 - people read it
    """A saved run cannot be read; the message says which line and why."""


class Run:
    """What the messages of one run said, progress left out."""

    def __init__(self) -> None:
        """Start empty."""
        self.config = Config(
            schema=STREAM_VERSION, version="", project=Project(root=""), selected=(), depth="cheap", offline=False
        )
        self.facts: list[FactSeen] = []
        self.faults: list[Fault] = []
        self.findings: list[Finding] = []
        self.plan: Plan | None = None
        self.outcome: Outcome | None = None
        self.summary = Summary(error=0, warning=0, info=0, clean=0, undetermined=(), not_applicable=0)

    def take(self, message: Message) -> None:
        """Learn one message."""
        match message:
            case Config():
                self.config = message
            case FactSeen():
                self.facts.append(message)
            case FindingSeen():
                self.findings.append(shown(message.finding))
            case PlanMade():
                steps = tuple(masked(step) for step in message.plan.steps)
                self.plan = msgspec.structs.replace(message.plan, steps=steps)
            case OutcomeSeen():
                self.outcome = message.outcome
            case Summary():
                self.summary = message
            case Fault():
                self.faults.append(message)
            case Progress():
                pass

    def worst(self) -> Severity | None:
        """The worst severity among the findings."""
        return min((f.severity for f in self.findings), key=lambda s: s.rank, default=None)

    def messages(self) -> Iterable[Message]:
        """The run again as messages, in the order that a reader needs."""
        yield self.config
        yield from self.facts
        yield from self.faults
        for finding in self.findings:
            yield FindingSeen(finding=finding)
        if self.plan is not None:
            yield PlanMade(plan=self.plan)
        if self.outcome is not None:
            yield OutcomeSeen(outcome=self.outcome)
        yield self.summary


def shown(finding: Finding) -> Finding:
    """The finding with secrets in its steps masked."""
    fixes = tuple(_shown(fix) for fix in finding.fixes)
    return msgspec.structs.replace(finding, fixes=fixes)


def _shown(fix: Fix) -> Fix:
    return msgspec.structs.replace(fix, steps=tuple(masked(step) for step in fix.steps))


def label(evidence: Evidence) -> str:
    """Where a quote comes from, in one phrase: ``go.mod:5``, ``go env GOPROXY (go env -w)``."""
    if not evidence.where or evidence.where == evidence.source:
        return evidence.source
    if evidence.where.startswith(evidence.source):
        return evidence.where
    return f"{evidence.source} ({evidence.where})"


def save(run: Run, out: TextIO) -> None:
    """Write a run as JSON lines."""
    lines = (msgspec.json.encode(message, order="deterministic") for message in run.messages())
    out.writelines(line.decode() + "\n" for line in lines)


def load(lines: Iterable[str], name: str) -> Run:
    """Read a saved run.

    Raises:
        BadStream: a line is no message of this version.
    """
    decoder = msgspec.json.Decoder(Message)
    run = Run()
    number = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            message = decoder.decode(line)
        except msgspec.MsgspecError as error:
            msg = f"{name}:{number}: not a message of a saved run ({error})"
            raise BadStream(msg) from None
        if isinstance(message, Config) and message.schema != STREAM_VERSION:
            msg = f"{name}:{number}: this run was saved as {message.schema}; this gomend reads {STREAM_VERSION}"
            raise BadStream(msg)
        run.take(message)
    if number == 0 or not run.config.version:
        msg = f"{name}: holds no saved run (make one with --save)"
        raise BadStream(msg)
    return run
