"""The shapes of ``--format json`` of ``gomend mod cache``."""

from __future__ import annotations

from collections.abc import Mapping

from gomend.model.base import Thing
from gomend.model.text import Translator
from gomend.modules.cache.security import Reading
from gomend.modules.cache.verify import Report


class BadShape(Thing, frozen=True):
    """One damage: ``what`` is its kind, ``slug`` its cause, ``said_by`` who expected something else."""

    module: str
    version: str
    what: str
    slug: str
    severity: str
    paths: tuple[str, ...]
    expected: str
    actual: str
    said_by: str
    detail: str
    case: str
    """Who stands alone where records and bits disagree (:mod:`gomend.modules.cache.security`); empty where they do not."""
    meaning: str
    """The same in words."""


class CacheShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of a verification.

    ``unchanged`` of the ``checked`` versions were only looked at, not read; ``busy`` were left out;
    ``unrecorded`` have nobody but their own .ziphash to vouch for them.
    """

    schema_: str
    checked: int
    unchanged: int
    bad: tuple[BadShape, ...]
    busy: tuple[str, ...]
    unrecorded: int
    files: int
    bytes: int
    seconds: float


def cache_shape(report: Report, seconds: float, readings: Mapping[str, Reading], say: Translator) -> CacheShape:
    """The answer of one verification that took this long."""
    bad = tuple(
        BadShape(
            module=d.module,
            version=d.version,
            what=d.what,
            slug=d.kind.slug,
            severity=d.kind.severity.value,
            paths=d.paths,
            expected=d.expected,
            actual=d.actual,
            said_by=d.said_by,
            detail=d.detail,
            case=reading.case if (reading := readings.get(d.name)) else "",
            meaning=say(reading.meaning) if reading else "",
        )
        for d in report.damages
    )
    return CacheShape(
        schema_="gomend.cache/1",
        checked=report.checked,
        unchanged=report.unchanged,
        bad=bad,
        busy=report.busy,
        unrecorded=report.unrecorded,
        files=report.files,
        bytes=report.size,
        seconds=round(seconds, 3),
    )
