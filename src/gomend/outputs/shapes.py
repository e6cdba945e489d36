"""The shapes of ``--format json``. Their JSON Schemas (``gomend schema NAME``) are generated from these types."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gomend.model.base import Thing
from gomend.model.finding import Finding, Fix
from gomend.model.outcome import Outcome, Plan
from gomend.model.step import Step
from gomend.model.text import Translator
from gomend.outputs.run import Run


class ProjectShape(Thing, frozen=True):
    """Which project: folder, module path, version of the go command."""

    root: str
    module: str
    go: str


class SubjectShape(Thing, frozen=True):
    """What a finding is about."""

    kind: str
    name: str
    path: str | None
    line: int | None


class EvidenceShape(Thing, frozen=True):
    """One quoted source."""

    source: str
    quote: str
    where: str


class FixShape(Thing, frozen=True):
    """One way out: machine-readable steps, and the same as shell commands."""

    id: str
    title: str
    safety: str
    steps: tuple[Step, ...]
    shell: tuple[str, ...]
    diff: str


class FindingShape(Thing, frozen=True):
    """One finding in one language."""

    code: str
    slug: str
    area: str
    severity: str
    confidence: str
    title: str
    message: str
    subject: SubjectShape
    evidence: tuple[EvidenceShape, ...]
    fixes: tuple[FixShape, ...]
    explained_by: str | None
    fingerprint: str


class UndeterminedShape(Thing, frozen=True):
    """A rule that could not tell, and why."""

    code: str
    reason: str


class SummaryShape(Thing, frozen=True):
    """Findings by severity."""

    error: int
    warning: int
    info: int


class CommandShape(Thing, frozen=True):
    """The user's own command."""

    argv: tuple[str, ...]
    exit: int


class FindingsShape(Thing, frozen=True):
    """``gomend.findings/1``: check, why, run, plan and apply."""

    schema: str
    project: ProjectShape
    findings: tuple[FindingShape, ...]
    undetermined: tuple[UndeterminedShape, ...]
    summary: SummaryShape
    command: CommandShape | None = None
    plan: Plan | None = None
    outcome: Outcome | None = None


FINDINGS_SCHEMA: Final = "gomend.findings/1"
"""Name of the shape in ``schema``."""


def findings_shape(run: Run, say: Translator) -> FindingsShape:
    """The answer of a run in one language; roots first."""
    config, summary = run.config, run.summary
    command = config.command
    return FindingsShape(
        schema=FINDINGS_SCHEMA,
        project=ProjectShape(root=config.project.root, module=config.project.module, go=config.project.go),
        findings=tuple(finding_shape(f, say) for f in run.findings),
        undetermined=tuple(UndeterminedShape(code=v.code, reason=v.reason) for v in summary.undetermined),
        summary=SummaryShape(error=summary.error, warning=summary.warning, info=summary.info),
        command=CommandShape(argv=command.argv, exit=command.exit) if command else None,
        plan=run.plan,
        outcome=run.outcome,
    )


def finding_shape(finding: Finding, say: Translator) -> FindingShape:
    """One finding in one language."""
    s = finding.subject
    return FindingShape(
        code=finding.code,
        slug=finding.slug,
        area=finding.area,
        severity=finding.severity,
        confidence=finding.confidence,
        title=say(finding.title),
        message=say(finding.message),
        subject=SubjectShape(kind=s.kind, name=s.name, path=s.path, line=s.line),
        evidence=tuple(EvidenceShape(source=e.source, quote=e.quote, where=e.where) for e in finding.evidence),
        fixes=tuple(_fix(fix, say) for fix in finding.fixes),
        explained_by=finding.explained_by,
        fingerprint=finding.fingerprint,
    )


def _fix(fix: Fix, say: Translator) -> FixShape:
    return FixShape(id=fix.id, title=say(fix.title), safety=fix.safety, steps=fix.steps, shell=fix.shell, diff=fix.diff)


def json_schema(shape: type[Any]) -> dict[str, Any]:
    """JSON Schema (2020-12) of a shape."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(shape)}
