"""What every receiver and every source does with what came: decode, bound, write ahead, hand on.

A request is decoded before it is kept, so that what is kept can be read again; it is on the disk before it is answered.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from typing import Final, Literal, NamedTuple

import msgspec

from gomend.incidents import alerts, kept, otlp, otlpwire, promwire
from gomend.incidents.inbox import Inbox
from gomend.incidents.journal import Journal
from gomend.incidents.labels import Labels
from gomend.incidents.rows import Case

LIMIT: Final = 16 * 1024 * 1024
"""Bytes of one request, unpacked."""
JSON: Final = "application/json"
"""Content type of OTLP as JSON."""
PROTO: Final = "application/x-protobuf"
"""Content type of OTLP as protobuf."""
WAIT: Final = 5.0
"""Seconds after which a sender may come again."""
Reason = Literal["wrong", "large", "type", "busy", "disk"]
_REJECTED: Final = {"traces": "Spans", "logs": "LogRecords", "metrics": "DataPoints"}
_RAGGED: Final = {"traces": "spans.ragged", "logs": "lines.ragged", "metrics": "samples.ragged"}


class Refused(Exception):  # noqa: N818 - it is what it says
    """Not taken. ``busy`` (too much waits) and ``disk`` (it could not be kept) may be sent again, the others must not be as they are."""

    def __init__(self, reason: Reason, why: str) -> None:
        """Keep both."""
        super().__init__(why)
        self.reason: Reason = reason

    @property
    def again(self) -> bool:
        """Whether it may be sent again."""
        return self.reason in {"busy", "disk"}


class Taken(NamedTuple):
    """An OTLP request that is on the disk: how many of its rows could not be used, of the ``signal``."""

    signal: str
    rejected: int

    def as_json(self) -> bytes:
        """The answer as OTLP says."""
        if not self.rejected:
            return b"{}"
        part = {f"rejected{_REJECTED[self.signal]}": str(self.rejected), "errorMessage": _WHY}
        return json.dumps({"partialSuccess": part}).encode()

    def as_protobuf(self) -> bytes:
        """The same as protobuf. All three answers have the same fields: 1 = partial success, and in it 1 = the number, 2 = why."""
        if not self.rejected:
            return b""
        part = b"\x08" + _varint(self.rejected) + b"\x12" + _varint(len(_WHY)) + _WHY.encode()
        return b"\x0a" + _varint(len(part)) + part


_WHY: Final = "without a time, a name, or anything that says which pod it is of"


class Intake:
    """One door for all that comes."""

    def __init__(self, journal: Journal, inbox: Inbox, labels: Labels) -> None:
        """``labels`` say what names what."""
        self._journal, self._inbox, self._labels = journal, inbox, labels

    def batch(self) -> Case:
        """An empty case to decode into."""
        return Case(labels=self._labels)

    async def otlp(self, signal: str, kind: str, body: bytes, encoding: str) -> Taken:
        """Take an export request.

        Raises:
            Refused: it is none, too large, of a type that is not taken; or it could not be kept.
        """
        self._room()
        batch = self.batch()
        line = decode(batch, signal, kind, body, encoding)
        await self.keep(line, batch)
        return Taken(signal, batch.counts.get(_RAGGED[signal], 0) + batch.counts.get("samples.overflow", 0))

    async def write(self, body: bytes) -> None:
        """Take a remote-write request of Prometheus.

        Raises:
            Refused: as above.
        """
        self._room()
        batch = self.batch()
        try:
            raw = promwire.unpacked(body)
            promwire.add(batch, promwire.parsed(raw))
        except promwire.TooLarge as error:
            raise Refused("large", str(error)) from None
        except ValueError as error:
            raise Refused("wrong", f"no write request: {error}") from None
        await self.keep(kept.protobuf("write", raw), batch)

    async def alerts(self, body: bytes) -> None:
        """Take what an Alertmanager tells a webhook, or Prometheus an Alertmanager.

        Raises:
            Refused: as above.
        """
        self._room()
        batch, told = self.batch(), _json(body)
        alerts.add(batch, told)
        if batch.counts.get("alerts.ragged") and not batch.events:
            raise Refused("wrong", "no alerts with a start and labels that name a pod or a service")
        if batch.events:
            await self.keep(kept.said("alerts", told), batch)

    async def keep(self, line: bytes, batch: Case) -> None:
        """Write a line for good, then hand its rows on.

        Raises:
            Refused: it could not be written.
        """
        try:
            await self._journal.append(line)
        except OSError as error:
            raise Refused("disk", f"not kept: {error.strerror or error}") from None
        self._inbox.offer(batch)

    async def room(self) -> None:
        """Wait until what came is looked at: what a source asks for need not be refused."""
        while self._inbox.full():  # noqa: ASYNC110 - another thread empties it
            await asyncio.sleep(0.2)

    def _room(self) -> None:
        if self._inbox.full():
            raise Refused("busy", "too much waits to be looked at")


def decode(case: Case, signal: str, kind: str, body: bytes, encoding: str) -> bytes:
    """Add the rows of an export request to a case; the line to keep of it.

    Raises:
        Refused: it is none, too large, or of a type that is not taken.
    """
    if kind not in {JSON, PROTO}:
        raise Refused("type", f"content type {kind}: send {JSON} or {PROTO}")
    if encoding == "gzip":
        body = _unpacked(body)
    elif encoding not in {"identity", ""}:
        raise Refused("type", f"content encoding {encoding}: send gzip or none")
    if kind == PROTO:
        try:
            otlpwire.add(case, signal, otlpwire.parsed(signal, body))
        except ValueError as error:
            raise Refused("wrong", f"no export request: {error}") from None
        return kept.protobuf(signal, body)
    decoded = _json(body)
    if not isinstance(decoded, dict):
        raise Refused("wrong", "no export request")
    otlp.add(case, decoded)
    # JSON has no raw line breaks but between its parts.
    return body.replace(b"\r", b" ").replace(b"\n", b" ")


def _json(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:
        raise Refused("wrong", f"no JSON: {error}") from None


def _unpacked(body: bytes) -> bytes:
    """Gzip, never more than the limit: a bomb is not unpacked to the end."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        whole = unpacker.decompress(body, LIMIT)
    except zlib.error as error:
        raise Refused("wrong", f"no gzip: {error}") from None
    if unpacker.unconsumed_tail:
        raise Refused("large", f"more than {LIMIT} bytes")
    if not unpacker.eof:
        raise Refused("wrong", "gzip cut off")
    return whole


def _varint(number: int) -> bytes:
    made = bytearray()
    while number > 0x7F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*made, number])
