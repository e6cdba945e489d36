"""What people do with incidents: list, look, acknowledge, close, reopen, merge and split. All of it is in the store's ledger."""

from __future__ import annotations

import getpass
import time
from pathlib import Path
from typing import Final

from gomend.apps.cli import base
from gomend.apps.incidents.lifeshapes import IncidentLifeShape, IncidentListShape, life
from gomend.incidents.ledger import NAME, Ledger
from gomend.incidents.register import Do, Incident, Record, Refused, Register
from gomend.model.redact import redact
from gomend.model.text import text

_NO_STORE: Final = text(
    "incidentlife.no-store", "{path}: no incidents here; name the folder that `gomend incidents serve --store` uses"
)
_BAD: Final = text("incidentlife.bad", "{path}: {reason}")
_REFUSED: Final = {
    "unknown": text("incidentlife.unknown", "there is no incident {id}; `gomend incidents list` names them"),
    "closed": text("incidentlife.closed", "incident {id} is closed already; `reopen` opens it again"),
    "open": text("incidentlife.open", "incident {id} is open already"),
    "merged": text("incidentlife.merged", "incident {id} was merged into {more}: say it of {more}, or split {more}"),
    "itself": text("incidentlife.itself", "incident {id} cannot be merged with itself"),
    "strange": text("incidentlife.strange", "incident {id} has no service {more}"),
    "all": text("incidentlife.all", "name some of the services of incident {id}, not none and not all: {more}"),
    "known": text("incidentlife.known", "incident {id} was made by somebody else meanwhile; try again"),
}


def ledger(store: str, *, made: bool = True) -> Ledger:
    """The ledger of a store.

    Raises:
        Problem: there is none (unless ``made`` is False), or it cannot be read.
    """
    if not Path(store).is_dir() or (made and not (Path(store) / NAME).is_file()):
        raise base.Problem(_NO_STORE, path=store)
    try:
        return Ledger(Path(store))
    except OSError as error:
        raise base.Problem(_BAD, path=store, reason=error.strerror or str(error)) from None


def listed(store: str, state: str, playbooks: str | None) -> IncidentListShape:
    """The incidents in a state (``open``: preview and final; ``all``), newest first.

    Raises:
        Problem: there is no such store.
    """
    book = ledger(store, made=False)
    wanted = [i for i in book.register.incidents.values() if _in(i, state)]
    wanted.sort(key=lambda i: (-i.start, -i.id))
    return IncidentListShape(
        schema_="gomend.incident-list/1", incidents=tuple(life(i, playbooks) for i in wanted), damaged=book.damaged
    )


def _in(incident: Incident, state: str) -> bool:
    return state == "all" or (incident.going_on if state == "open" else incident.state == state)


def shown(store: str, id: int, playbooks: str | None) -> IncidentLifeShape:
    """One incident.

    Raises:
        Problem: there is no such store, or no such incident.
    """
    try:
        return life(ledger(store).register.get(id), playbooks)
    except Refused as error:
        raise _told(error) from None


def change(
    store: str, do: Do, id: int, *, other: int = 0, by: str | None = None, note: str = "", services: tuple[str, ...] = ()
) -> list[IncidentLifeShape]:
    """Write down what somebody says; answers the incidents that it changed.

    Raises:
        Problem: there is no such store or incident, it cannot be done, or could not be written.
    """
    book = ledger(store)

    def make(register: Register) -> list[Record]:
        new = register.next_id() if do == "split" else other
        seen = max(time.time_ns(), register.get(id).last_seen) if do == "reopen" else 0
        record = Record(
            do=do, id=id, at=time.time_ns(), seen=seen, other=new, by=by or _me(), note=redact(note), services=services
        )
        register.check(record)
        return [record]

    try:
        (record,) = book.write(make)
    except Refused as error:
        raise _told(error) from None
    except OSError as error:
        raise base.Problem(_BAD, path=store, reason=error.strerror or str(error)) from None
    changed = [record.id, *([record.other] if record.other else [])]
    return [life(book.register.get(i), None) for i in changed]


def _me() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "?"


def _told(error: Refused) -> base.Problem:
    return base.Problem(_REFUSED[error.why], id=error.id, more=error.more)
