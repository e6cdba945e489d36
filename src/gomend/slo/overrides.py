"""Entries that let an objective through for a while: who may, why, until when. Whether they are signed is asked of git elsewhere."""

from __future__ import annotations

import datetime as dt
from typing import Final

from gomend.model.base import Thing
from gomend.slo.policy import Verdict
from gomend.slo.yamltree import Node, documents

LONGEST: Final = dt.timedelta(days=14)
"""An entry that lasts longer is refused: it would be a change of the objective."""
_WORDS: Final = 10


class Entry(Thing, frozen=True):
    """One entry of the file."""

    slos: tuple[str, ...]
    reason: str
    expires: dt.datetime
    verdicts: tuple[Verdict, ...]
    line: int


class Override(Thing, frozen=True):
    """An entry that holds, with the one who signed it."""

    by: str
    reason: str
    expires: str
    commit: str
    file: str


def read(raw: bytes, now: dt.datetime) -> tuple[Entry, ...]:
    """Entries that have not expired at ``now``.

    Raises:
        BadConfig: the file is wrong, a reason is too short, or an entry lasts longer than :data:`LONGEST`.
    """
    found: list[Entry] = []
    for document in documents(raw):
        for node in document.map(("overrides",), needs=("overrides",))["overrides"].list():
            entry = _entry(node)
            if entry.expires - now > LONGEST:
                raise node.bad(f"it lasts longer than {LONGEST.days} days; change the objective instead")
            if entry.expires > now:
                found.append(entry)
    return tuple(found)


def _entry(node: Node) -> Entry:
    fields = node.map(("slos", "reason", "expires", "verdicts"), needs=("slos", "reason", "expires"))
    reason = fields["reason"].text()
    if len(reason) < _WORDS:
        raise fields["reason"].bad(f"a reason of at least {_WORDS} letters")
    try:
        expires = dt.datetime.fromisoformat(fields["expires"].text())
    except ValueError:
        expires = None
    if expires is None or expires.tzinfo is None:
        raise fields["expires"].bad("it must be a time with a zone such as 2026-11-28T12:00:00Z")
    choices: tuple[Verdict, ...] = ("block", "unknown", "insufficient")
    verdicts: list[Verdict] = [n.choice(*choices) for n in fields["verdicts"].list()] if "verdicts" in fields else ["block"]
    return Entry(
        slos=tuple(n.text() for n in fields["slos"].list()),
        reason=reason,
        expires=expires,
        verdicts=tuple(verdicts),
        line=node.line,
    )
