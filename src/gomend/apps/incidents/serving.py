"""``gomend incidents serve`` and ``replay``: telemetry as it comes, or as if it came."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from gomend.apps.incidents.evaluating import Loop
from gomend.apps.incidents.shapes import moment
from gomend.incidents import otlp
from gomend.incidents.ledger import Ledger
from gomend.incidents.lifecycle import Stream
from gomend.incidents.register import Record, Register
from gomend.incidents.rows import Case
from gomend.model.base import Thing
from gomend.model.text import text

if TYPE_CHECKING:
    from gomend.apps.incidents.notifying import Notifier

_SECOND: Final = 10**9
EXTRA: Final = text(
    "incidents.extra", "To receive telemetry, more packages are needed: pip install 'gomend[incidents]' ({missing} is missing)."
)
"""Without aiohttp and the messages of OTLP nothing can be received."""


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
        state=incident.state,
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
    listen: tuple[str, int],
    store: Path,
    every: float,
    told: Callable[[str], None],
    notified: Callable[[Ledger], Notifier | None] = lambda _: None,
) -> None:
    """Receive until SIGTERM or SIGINT; changes go to standard output, a line each. ``told`` gets the address, ``notified`` makes whoever tells others.

    Raises:
        OSError: the address cannot be listened on, or the store cannot be used.
        ModuleNotFoundError: the extra is not installed.
    """
    from aiohttp import web

    from gomend.incidents.case import add_exported
    from gomend.incidents.journal import Journal
    from gomend.incidents.receiver import application

    journal = Journal(store)
    ledger = Ledger(store)
    stream = Stream(ledger)
    for path in sorted(store.glob("*.otlp.jsonl")):
        add_exported(str(path), stream.case)
    otlp.tidy(stream.case)

    def tell(changed: Sequence[Record], now: int) -> None:
        for record in changed:
            sys.stdout.write(msgspec.json.encode(shape(record, ledger.register, now)).decode() + "\n")
        sys.stdout.flush()

    notifier = notified(ledger)
    loop = Loop(stream, every, tell, store, notifier)
    runner = web.AppRunner(application(stream, journal), access_log=None, auto_decompress=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, *listen)
        await site.start()
        loop.address = f"http://{listen[0]}:{runner.addresses[0][1]}"
        told(loop.address)
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        await loop.run(stop)
    finally:
        await runner.cleanup()
        if notifier is not None:
            await asyncio.to_thread(notifier.close)
