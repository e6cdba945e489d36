"""The shape of ``--format json`` of ``gomend mod cache mend``."""

from __future__ import annotations

from gomend.apps.mendresults import Result
from gomend.model.base import Thing
from gomend.model.text import Translator


class ItemShape(Thing, frozen=True):
    """One module version or loose file: ``what`` are its damages, ``outcome`` is proved, refused, dry-run or rolled-back.

    ``case`` names a disagreement between go.sum, the checksum database, the cache and the proxy; ``bytes`` went into quarantine.
    """

    name: str
    module: str
    version: str
    what: tuple[str, ...]
    outcome: str
    reason: str
    todo: str
    case: str
    paths: tuple[str, ...]
    bytes: int


class RanShape(Thing, frozen=True):
    """A command that was run with the mended cache; ``exit`` is null if it could not be run to its end."""

    command: str
    exit: int | None
    detail: str


class CacheMendShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of a mend. ``journal`` can be undone; ``left`` are kinds of damage found afterwards that were not there before."""

    schema_: str
    dry_run: bool
    checked: int
    items: tuple[ItemShape, ...]
    journal: str
    quarantine: str
    evidence: tuple[RanShape, ...]
    left: tuple[str, ...]
    busy: tuple[str, ...]
    """Versions that another process was working on; they were left out."""


def mend_shape(result: Result, say: Translator) -> CacheMendShape:
    """The answer of one mend, in words of one language."""
    items = tuple(
        ItemShape(
            name=item.unit.name,
            module=item.unit.damages[0].module,
            version=item.unit.damages[0].version,
            what=tuple(dict.fromkeys(d.what for d in item.unit.damages)),
            outcome=item.outcome,
            reason=say(item.reason) if item.reason else "",
            todo=say(item.todo) if item.todo else "",
            case=item.case,
            paths=item.paths,
            bytes=item.size,
        )
        for item in result.items
    )
    return CacheMendShape(
        schema_="gomend.cache-mend/1",
        dry_run=result.dry_run,
        checked=result.report.checked,
        items=items,
        journal=result.journal,
        quarantine=result.quarantine,
        evidence=tuple(RanShape(command=e.command, exit=e.exit, detail=e.detail) for e in result.evidence),
        left=tuple(f"{d.name or d.paths[0]} {d.what}" for d in result.left),
        busy=result.report.busy,
    )
