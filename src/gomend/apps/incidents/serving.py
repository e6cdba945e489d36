"""``gomend incidents serve`` and ``replay``: telemetry as it comes, or as if it came."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from gomend.apps.incidents.evaluating import Loop
from gomend.apps.incidents.shapes import moment
from gomend.incidents.ledger import Ledger
from gomend.incidents.lifecycle import Stream
from gomend.incidents.register import Record, Register
from gomend.incidents.rows import Case
from gomend.incidents.settings import Setup
from gomend.model.base import Thing
from gomend.model.text import text

if TYPE_CHECKING:
    from gomend.apps.incidents.notifying import Notifier

_SECOND: Final = 10**9
EXTRA: Final = text(
    "incidents.extra", "To receive telemetry, more packages are needed: pip install 'gomend[incidents]' ({missing} is missing)."
)
"""Without aiohttp and the messages of OTLP nothing can be received."""


_STATES: Final = {
    "open": "preview",
    "cause": "preview",
    "final": "final",
    "over": "closed",
    "close": "closed",
    "reopen": "final",
}
"""The state that a record leads to, whatever came after it."""


class ChangeShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """One change of one incident: ``state`` is preview, final, closed or merged (``into`` another); ``at`` is the data's clock when it was seen."""

    schema_: str
    id: int
    state: str
    service: str
    kind: str
    score: float
    start: str
    at: str
    change: str = ""
    """What happened: open, cause, join, final, over, merge, split, ack, close, reopen."""
    into: int = 0


def shape(record: Record, register: Register, now: int) -> ChangeShape:
    """A change for machines; of a merge it tells the incident that is gone."""
    incident = register.get(record.other if record.do == "merge" else record.id)
    cause = record.blamed[0] if record.do == "join" else incident.cause
    return ChangeShape(
        schema_="gomend.incident-change/1",
        id=incident.id,
        state=_STATES.get(record.do, incident.state),
        service=cause.service,
        kind=cause.kind,
        score=float(f"{cause.score:.6g}"),
        start=moment(cause.since),
        at=moment(now),
        change=record.do,
        into=incident.into,
    )


def replay(case: Case, every: int) -> Iterator[ChangeShape]:
    """The changes that would have been told, had the telemetry come in steps of ``every`` seconds of its own clock."""
    moments = [s.start for s in case.spans] + [x.at for x in case.lines]
    times = moments or [s.at for s in case.samples]
    if not times:
        return
    stream = Stream()
    stream.case.owners |= case.owners
    rows = (
        [(s.end, 0, s) for s in case.spans],
        [(x.at, 1, x) for x in case.lines],
        [(s.at, 2, s) for s in case.samples],
        [(e.at, 3, e) for e in case.events],
    )
    waiting = sorted((row for kind in rows for row in kind), key=lambda row: (row[0], row[1]))
    done = 0
    for now in range(min(times) + every * _SECOND, max(times) + 2 * every * _SECOND, every * _SECOND):
        inbox = stream.case
        places: tuple[list[object], ...] = (inbox.spans, inbox.lines, inbox.samples, inbox.events)  # type: ignore[assignment]
        while done < len(waiting) and waiting[done][0] <= now:
            _, kind, row = waiting[done]
            places[kind].append(row)
            done += 1
        stream.take()
        for record in stream.step(now):
            yield shape(record, stream.tracker.ledger.register, now)


async def serve(
    setup: Setup,
    environ: Mapping[str, str],
    told: Callable[[str, str], None],
    notified: Callable[[Ledger], Notifier | None] = lambda _: None,
) -> None:
    """Receive and ask until SIGTERM or SIGINT; changes go to standard output, a line each. ``told`` hears what people should know (see
    :func:`intaking.receiving`), ``notified`` makes whoever tells others of changes.

    Raises:
        OSError: an address cannot be listened on, or the store cannot be used.
        BadConfig: a kubeconfig cannot be used.
        ModuleNotFoundError: the extra is not installed.
    """  # noqa: D205
    from gomend.apps.incidents import intaking

    journal, inbox = intaking.opened(setup)
    ledger = Ledger(Path(setup.store))
    stream = Stream(ledger)
    stream.case.labels = setup.labels
    await asyncio.to_thread(intaking.restore, journal, inbox, stream.case)
    inbox.heard = stream.arrived
    over = intaking.Over(inbox, told)
    notifier = notified(ledger)

    def tell(changed: Sequence[Record], now: int) -> None:
        for record in changed:
            sys.stdout.write(msgspec.json.encode(shape(record, ledger.register, now)).decode() + "\n")
        sys.stdout.flush()

    def pour(case: Case) -> None:
        inbox.pour(case)
        over.tell()

    loop = Loop(stream, setup.every, tell, Path(setup.store), pour, notifier)

    def hear(what: str, words: str) -> None:
        if what == "http":
            loop.address = words
        told(what, words)

    try:
        async with intaking.receiving(setup, journal, inbox, environ, hear):
            stop = asyncio.Event()
            for name in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(name, stop.set)
            await loop.run(stop)
    finally:
        over.tell(last=True)
        if notifier is not None:
            await asyncio.to_thread(notifier.close)
