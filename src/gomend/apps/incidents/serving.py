"""``gomend incidents serve`` and ``replay``: telemetry as it comes, or as if it came."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from gomend.apps.incidents.shapes import moment
from gomend.incidents.lifecycle import Incident, Stream
from gomend.incidents.rows import Case
from gomend.incidents.settings import Setup
from gomend.model.base import Thing
from gomend.model.text import text

_SECOND: Final = 10**9
EXTRA: Final = text(
    "incidents.extra", "To receive telemetry, more packages are needed: pip install 'gomend[incidents]' ({missing} is missing)."
)
"""Without aiohttp and the messages of OTLP nothing can be received."""


class ChangeShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """One change of one incident: ``state`` is preview, final or closed; ``at`` is the data's clock when it was seen."""

    schema_: str
    id: int
    state: str
    service: str
    kind: str
    score: float
    start: str
    at: str


def shape(incident: Incident, now: int) -> ChangeShape:
    """A change for machines."""
    return ChangeShape(
        schema_="gomend.incident-change/1",
        id=incident.id,
        state=incident.state,
        service=incident.service,
        kind=incident.kind,
        score=float(f"{incident.score:.6g}"),
        start=moment(incident.start),
        at=moment(now),
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
    places: tuple[list[object], ...] = (stream.case.spans, stream.case.lines, stream.case.samples, stream.case.events)  # type: ignore[assignment]
    done = 0
    for now in range(min(times) + every * _SECOND, max(times) + 2 * every * _SECOND, every * _SECOND):
        while done < len(waiting) and waiting[done][0] <= now:
            _, kind, row = waiting[done]
            places[kind].append(row)
            done += 1
        for incident in stream.step(now):
            yield shape(incident, now)


async def serve(setup: Setup, environ: Mapping[str, str], told: Callable[[str, str], None]) -> None:
    """Receive and ask until SIGTERM or SIGINT; changes go to standard output, a line each. ``told`` hears what people should know (see :func:`intaking.receiving`).

    Raises:
        OSError: an address cannot be listened on, or the store cannot be used.
        BadConfig: a kubeconfig cannot be used.
        ModuleNotFoundError: the extra is not installed.
    """
    from gomend.apps.incidents import intaking

    stream = Stream()
    stream.case.labels = setup.labels
    journal, inbox = intaking.opened(setup)
    await asyncio.to_thread(intaking.restore, journal, inbox, stream.case)
    over = intaking.Over(inbox, told)

    def look() -> list[Incident]:
        inbox.pour(stream.case)
        return stream.step()

    async with intaking.receiving(setup, journal, inbox, environ, told):
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), setup.every)
            for incident in await asyncio.to_thread(look):
                sys.stdout.write(msgspec.json.encode(shape(incident, stream.newest())).decode() + "\n")
                sys.stdout.flush()
            over.tell()
