"""The shapes of ``--format json`` of ``gomend mod vendor``."""

from __future__ import annotations

from gomend.apps.vendorsync import Result
from gomend.model.base import Thing
from gomend.model.text import Translator
from gomend.modules.vendor.prove import Report


class VendorBad(Thing, frozen=True):
    """One thing that is wrong: ``what`` is its kind, ``slug`` its cause, ``said_by`` who expected something else."""

    module: str
    version: str
    what: str
    slug: str
    paths: tuple[str, ...]
    expected: str
    actual: str
    said_by: str
    detail: str


class VendorUnknown(Thing, frozen=True):
    """One thing that could not be told, and ``why``."""

    module: str
    version: str
    why: str
    paths: tuple[str, ...]
    detail: str


class VendorShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of a proof. ``proved`` of the ``checked`` modules have a hash that a checksum database signed.

    ``diff`` are the lines of ``--diff``, empty without it.
    """

    schema_: str
    checked: int
    files: int
    proved: int
    bad: tuple[VendorBad, ...]
    undetermined: tuple[VendorUnknown, ...]
    diff: tuple[str, ...]
    seconds: float


def vendor_shape(report: Report, diff: tuple[str, ...], seconds: float) -> VendorShape:
    """The answer of one proof that took this long."""
    bad = tuple(
        VendorBad(
            module=d.module,
            version=d.version,
            what=d.what,
            slug=d.kind.slug,
            paths=d.paths,
            expected=d.expected,
            actual=d.actual,
            said_by=d.said_by,
            detail=d.detail,
        )
        for d in report.damages
    )
    unknown = tuple(
        VendorUnknown(module=d.module, version=d.version, why=d.why, paths=d.paths, detail=d.detail) for d in report.doubts
    )
    return VendorShape(
        schema_="gomend.vendor/1",
        checked=report.modules,
        files=report.files,
        proved=report.proved,
        bad=bad,
        undetermined=unknown,
        diff=diff,
        seconds=round(seconds, 3),
    )


class RanShape(Thing, frozen=True):
    """A command that was run with the new folder; ``exit`` is null if it could not be run to its end."""

    command: str
    exit: int | None
    detail: str


class VendorSyncShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of a sync: ``outcome`` is clean, dry-run, proved, refused or rolled-back.

    ``journal`` can be undone; ``old`` is where the old folder lies if the journal could not keep it.
    """

    schema_: str
    outcome: str
    reason: str
    changed: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    diff: tuple[str, ...]
    journal: str
    old: str
    evidence: tuple[RanShape, ...]
    bad: tuple[VendorBad, ...]
    undetermined: tuple[VendorUnknown, ...]


def sync_shape(result: Result, say: Translator) -> VendorSyncShape:
    """The answer of one sync, in words of one language."""
    proof = vendor_shape(result.report, (), 0.0) if result.report else None
    return VendorSyncShape(
        schema_="gomend.vendor-sync/1",
        outcome=result.outcome,
        reason=say(result.reason) if result.reason else "",
        changed=result.change.changed,
        added=result.change.added,
        removed=result.change.removed,
        diff=result.diff,
        journal=result.journal,
        old=result.old,
        evidence=tuple(RanShape(command=e.command, exit=e.exit, detail=e.detail) for e in result.evidence),
        bad=proof.bad if proof else (),
        undetermined=proof.undetermined if proof else (),
    )
