"""What became of a mend of the module cache: one item a version or loose file, and the whole."""

from __future__ import annotations

from gomend.model.base import Thing
from gomend.model.text import Said
from gomend.modules.cache.kinds import Damage
from gomend.modules.cache.mend import Unit
from gomend.modules.cache.verify import Report

PROVED, REFUSED, DRY_RUN, ROLLED_BACK, FAILED = "proved", "refused", "dry-run", "rolled-back", "failed"
"""What became of a unit."""


class Item(Thing, frozen=True):
    """One unit and its end. ``size`` are bytes on disk that went into quarantine (or would)."""

    unit: Unit
    outcome: str
    reason: Said | None = None
    todo: Said | None = None
    size: int = 0
    paths: tuple[str, ...] = ()
    case: str = ""
    """The disagreement's name (:mod:`gomend.modules.cache.security`)."""


class Evidence(Thing, frozen=True):
    """A command that shows that go works with the mended cache."""

    command: str
    exit: int | None
    detail: str = ""


class Result(Thing, frozen=True):
    """The whole mend. ``journal`` undoes it; ``left`` are damages that were found afterwards and not before."""

    report: Report
    items: tuple[Item, ...]
    dry_run: bool
    journal: str = ""
    quarantine: str = ""
    evidence: tuple[Evidence, ...] = ()
    left: tuple[Damage, ...] = ()
