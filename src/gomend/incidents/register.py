"""All incidents of a store: records, one after the other, fold into what each incident is now.

A record is written before anything is told of it; the same records in the same order give the same incidents. Times called ``start`` and
``seen`` are nanoseconds of the data's clock, ``at`` of this machine's.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from gomend.incidents.clues import Kind, Signal
from gomend.model.base import Thing

State = Literal["preview", "final", "closed", "merged"]
Do = Literal["open", "cause", "join", "final", "over", "ack", "close", "reopen", "merge", "split", "told"]
"""``open`` a preview, ``cause`` the preview now blames another, ``join`` one more service on the same path, ``final`` late data has had its time,
``over`` it was not seen for long, ``told`` somebody was notified; the rest is what people say."""
OPEN: Final = ("preview", "final")
"""States of an incident that goes on."""
_NOTED: Final = ("ack", "close", "reopen", "merge", "split")


class Seen(Thing, frozen=True, omit_defaults=True):
    """One thing that was seen; as :class:`gomend.incidents.clues.Proof`, with its weight in nats."""

    signal: Signal
    what: str
    after: float
    weight: float
    before: float | None = None
    unit: str = ""
    ref: str = ""


class Blamed(Thing, frozen=True, omit_defaults=True):
    """One service that is, or might be, the cause; ``since`` (nanoseconds) when its trouble began."""

    service: str
    kind: Kind
    score: float
    since: int
    seen: tuple[Seen, ...] = ()


class Record(Thing, frozen=True, omit_defaults=True):
    """One thing that happened to incident ``id``. ``other`` is the incident that is merged into it, or that was split off."""

    do: Do
    id: int
    at: int
    seen: int = 0
    """The data's clock."""
    blamed: tuple[Blamed, ...] = ()
    services: tuple[str, ...] = ()
    other: int = 0
    by: str = ""
    note: str = ""
    """What a person said; of ``told`` the state that was told."""


class Incident(msgspec.Struct):
    """One incident as it is known now; ``blamed`` has the cause first."""

    id: int
    blamed: list[Blamed]
    start: int
    first_seen: int
    last_seen: int
    opened_at: int
    state: State = "preview"
    services: list[str] = []
    """On its path, the cause among them."""
    acknowledged: str = ""
    """By whom; empty if nobody."""
    resolution: str = ""
    into: int = 0
    """The incident that it was merged into."""
    parts: list[int] = []
    apart: list[int] = []
    """Incidents that people split off: never merged again by themselves."""
    told: str = ""
    """What was last told to whoever is notified."""
    history: list[Record] = []

    @property
    def cause(self) -> Blamed:
        """The first suspect."""
        return self.blamed[0]

    @property
    def going_on(self) -> bool:
        """Neither closed nor merged."""
        return self.state in OPEN


class Refused(Exception):  # noqa: N818 - it is what it says
    """What somebody asks cannot be done; ``why`` is a stable name, ``id`` the incident that it is about."""

    def __init__(self, why: str, id: int, more: str = "") -> None:
        """Keep all."""
        super().__init__(f"{why} {id} {more}".strip())
        self.why, self.id, self.more = why, id, more


class Register:
    """The incidents, by id."""

    def __init__(self) -> None:
        """None yet."""
        self.incidents: dict[int, Incident] = {}

    def get(self, id: int) -> Incident:
        """One of them.

        Raises:
            Refused: there is none with this id.
        """
        if id not in self.incidents:
            raise Refused("unknown", id)
        return self.incidents[id]

    def next_id(self) -> int:
        """The id of the next incident."""
        return max(self.incidents, default=0) + 1

    def going_on(self) -> list[Incident]:
        """All that are open, in the order in which they were seen."""
        return [i for i in self.incidents.values() if i.going_on]

    def apply(self, record: Record) -> Incident:
        """Fold one record in; answers the incident that it is about.

        Raises:
            Refused: it does not fit what is known.
        """
        self.check(record)
        if record.do == "open":
            first = record.blamed[0]
            self.incidents[record.id] = made = Incident(
                record.id, list(record.blamed), first.since, record.seen, record.seen, record.at
            )
            made.services = list(record.services) or [first.service]
            made.history = [record]
            return made
        incident = self.get(record.id)
        if record.do != "told":
            incident.history.append(record)
        match record.do:
            case "cause":
                same = record.blamed[0].service == incident.cause.service
                rest = incident.blamed[1:] if same else []
                incident.blamed, incident.start = [*record.blamed, *rest], record.blamed[0].since
                incident.services = list(dict.fromkeys((*record.services, *incident.services)))
            case "join":
                known = {(b.service, b.kind) for b in incident.blamed}
                incident.blamed += [b for b in record.blamed if (b.service, b.kind) not in known]
                incident.services = list(dict.fromkeys((*incident.services, *record.services)))
            case "final" | "reopen":
                incident.state, incident.resolution = "final", ""
                incident.last_seen = max(incident.last_seen, record.seen)
            case "over" | "close":
                incident.state, incident.resolution = "closed", record.note
            case "ack":
                incident.acknowledged = record.by or "?"
            case "merge":
                self._merge(incident, self.get(record.other), record)
            case "split":
                self._split(incident, record)
            case "told":
                incident.told = record.note
        return incident

    def check(self, record: Record) -> None:
        """Whether a record fits what is known.

        Raises:
            Refused: it does not; ``why`` says how.
        """
        if record.do == "open":
            if record.id in self.incidents or not record.blamed:
                raise Refused("known", record.id)
            return
        incident = self.get(record.id)
        if incident.state == "merged" and record.do != "told":
            raise Refused("merged", record.id, str(incident.into))
        if record.do == "close" and incident.state == "closed":
            raise Refused("closed", record.id)
        if record.do == "reopen" and incident.going_on:
            raise Refused("open", record.id)
        if record.do == "merge":
            other = self.get(record.other)
            if record.other == record.id:
                raise Refused("itself", record.id)
            if other.state == "merged":
                raise Refused("merged", record.other, str(other.into))
        if record.do == "split":
            strange = [s for s in record.services if s not in incident.services]
            if strange:
                raise Refused("strange", record.id, ", ".join(strange))
            if not record.services or set(record.services) >= set(incident.services):
                raise Refused("all", record.id, ", ".join(incident.services))
            if record.other in self.incidents:
                raise Refused("known", record.other)

    def _merge(self, incident: Incident, other: Incident, record: Record) -> None:
        other.state, other.into = "merged", incident.id
        other.history.append(record)
        known = {(b.service, b.kind) for b in incident.blamed}
        more = [b for b in other.blamed if (b.service, b.kind) not in known]
        incident.blamed += more
        if record.blamed:  # who is the cause of both
            first = (record.blamed[0].service, record.blamed[0].kind)
            incident.blamed.sort(key=lambda b: (b.service, b.kind) != first)
        incident.services = list(dict.fromkeys((*incident.services, *other.services)))
        incident.start = min(incident.start, other.start)
        incident.last_seen = max(incident.last_seen, other.last_seen)
        incident.parts.append(other.id)
        if incident.state == "closed" and other.going_on:
            incident.state = "final"

    def _split(self, incident: Incident, record: Record) -> None:
        gone = set(record.services)
        theirs = [b for b in incident.blamed if b.service in gone]
        kept = [b for b in incident.blamed if b.service not in gone]
        unknown = [Blamed(service=record.services[0], kind="unknown", score=0.0, since=incident.start)]
        left = [s for s in incident.services if s not in gone]
        incident.blamed = kept or [Blamed(service=left[0], kind="unknown", score=0.0, since=incident.start)]
        incident.services = left
        made = Incident(
            record.other, theirs or unknown, min((b.since for b in theirs), default=incident.start), incident.first_seen,
            incident.last_seen, record.at,
        )  # fmt: skip
        made.state = incident.state
        made.services, made.apart, made.history = list(record.services), [incident.id], [record]
        incident.apart.append(made.id)
        self.incidents[made.id] = made
