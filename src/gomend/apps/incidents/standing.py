"""``gomend incidents watch``: the incidents of a running ``serve``, drawn again when something changes."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from gomend.apps.incidents import handling, lifetelling
from gomend.apps.incidents.evaluating import STATUS, StatusShape
from gomend.apps.incidents.lifeshapes import IncidentLifeShape, IncidentListShape
from gomend.model.base import Thing
from gomend.model.text import Translator, text

_ALIVE: Final = 15.0
"""Seconds without a word after which a ``serve`` is said to be gone."""
_RUNS: Final = text(
    "incidentlife.watch.runs",
    "serve at {address}: {spans} spans, {lines} log lines, {samples} samples held; a look takes {look} s; p95 from arrival to preview {p95} s",
)
_SHARE: Final = text(
    "incidentlife.watch.share", "more comes than can be looked at in time: {share} of the traces are looked at"
)
_GONE: Final = text("incidentlife.watch.gone", "serve is not running (last heard of {seconds} s ago); what it knew:")
_NEVER: Final = text("incidentlife.watch.never", "serve has not said how it goes yet")
_LATE: Final = text("incidentlife.watch.late", "changes cannot be written down: {reason}")


class WatchShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """What ``watch --once`` answers: whether ``serve`` runs, how it goes, and the incidents that go on."""

    schema_: str
    running: bool
    status: StatusShape | None
    incidents: tuple[IncidentLifeShape, ...]


def now(store: str, playbooks: str | None) -> WatchShape:
    """As it stands.

    Raises:
        Problem: there is no such store.
    """
    listed = handling.listed(store, "open", playbooks)
    status: StatusShape | None = None
    with contextlib.suppress(OSError, msgspec.DecodeError):
        status = msgspec.json.decode((Path(store) / STATUS).read_bytes(), type=StatusShape)
    running = status is not None and time.time() - status.at < _ALIVE
    return WatchShape(schema_="gomend.incidents-watch/1", running=running, status=status, incidents=listed.incidents)


def told(seen: WatchShape, say: Translator) -> str:
    """For people."""
    status = seen.status
    lines: list[str] = []
    if status is None:
        lines.append(say(_NEVER))
    elif not seen.running:
        lines.append(say(_GONE, seconds=round(time.time() - status.at)))
    else:
        rows = {name: f"{n:,}" for name, n in status.rows.items() if name in {"spans", "lines", "samples"}}
        lines.append(
            say(_RUNS, address=status.address, look=f"{status.look_seconds:.2f}", p95=f"{status.preview_p95:.2f}", **rows)
        )
        if status.share < 1:
            lines.append(say(_SHARE, share=f"{status.share:.1%}"))
    if status is not None and status.late:
        lines.append(say(_LATE, reason=status.late))
    return "\n".join(lines) + "\n\n" + "".join(_blocks(seen, say))


def _blocks(seen: WatchShape, say: Translator) -> list[str]:
    answer = IncidentListShape(schema_="", incidents=seen.incidents)
    return [lifetelling.table(answer, say), *(f"\n{lifetelling.told(i, say)}" for i in seen.incidents[:1])]


def watch(store: str, every: float, playbooks: str | None, say: Translator, write: Callable[[str], None]) -> None:
    """Draw until interrupted: on a terminal the screen anew, elsewhere only what changed.

    Raises:
        Problem: there is no such store.
    """
    screen, before = sys.stdout.isatty(), ""
    while True:
        seen = now(store, playbooks)
        drawn = told(seen, say) if screen else "".join(_blocks(seen, say))
        if screen:
            write(f"\x1b[H\x1b[2J{drawn}")
        elif drawn != before:
            write(drawn)
        before = drawn
        time.sleep(every)
