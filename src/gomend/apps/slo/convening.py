"""Calling the war room: the pages into a folder, a message to a chat, once for each incident."""

from __future__ import annotations

import glob
import os
from datetime import datetime
from fractions import Fraction
from typing import Final

import msgspec

from gomend.apps.cli import base
from gomend.apps.slo import aligning, warroom
from gomend.apps.slo.asking import Asker
from gomend.model.base import Thing
from gomend.model.text import Translator, text
from gomend.ports.files import write_whole
from gomend.slo import webhooks
from gomend.slo.gate import Assessment
from gomend.slo.objective import Config
from gomend.slo.webhooks import FORMATS, Format

_WRITTEN: Final = text("slowar.written", "war room: {page}")
_NOT_WRITTEN: Final = text("slowar.not-written", "the war room's page could not be written: {reason}")
_NO_TELEMETRY: Final = text("slowar.no-telemetry", "the telemetry of the incident could not be read: {reason}")
_BEFORE: Final = 3600.0
"""Seconds before the trouble in which an incident may have begun."""
_ALREADY: Final = text("slowar.already", "posted before for incident {incident}; not again")
_POSTED: Final = text("slowar.posted", "posted to {chat}, incident {incident}")
_NOT_POSTED: Final = text("slowar.not-posted", "not posted to {chat}: {reason}")
_NO_ADDRESS: Final = text("slowar.no-address", "GOMEND_SLO_WEBHOOK is not set, or is no address")


class Seen(Thing, frozen=True):
    """An incident as the folder remembers it: what blocked, since which deploy (seconds; null: not said), when it was seen last."""

    names: tuple[str, ...]
    deploy: str | None
    last: int
    posted: bool = False


def convene(
    found: list[Assessment], config: Config, ask: Asker, deploy: Fraction | None, folder: str, chat: str | None,
    telemetry: str | None = None,
) -> None:  # fmt: skip
    """Write the pages and post; trouble with either is told on standard error and changes no verdict. ``telemetry``: a folder for ``incidents rank``."""
    say = base.translator()
    blocked = {a.objective.name for a in found if a.verdict == "block"}
    aligned = {d.name: aligning.align(d, ask) for d in aligning.definitions(config) if d.name in blocked}
    room = warroom.Room(found=tuple(found), aligned=aligned, deploy=deploy)
    if telemetry is not None:
        room = msgspec.structs.replace(room, incidents=_incidents(room, telemetry, say))
    try:
        incident, seen = _incident(room, folder)
        page, _ = warroom.write(room, incident, folder, say)
        base.note(say(_WRITTEN, page=page))
        posted = seen is not None and seen.posted
        form: Format | None = next((f for f in FORMATS if f == chat), None)
        if form is not None and posted:
            base.note(say(_ALREADY, incident=incident))
        elif form is not None:
            posted = _post(room, form, incident, say)
        memory = Seen(
            names=tuple(sorted(blocked)), deploy=None if deploy is None else str(deploy), last=room.ended, posted=posted
        )
        write_whole(os.path.join(folder, f"warroom-{incident}.json"), msgspec.json.encode(memory))
    except OSError as error:
        base.note(say(_NOT_WRITTEN, reason=error.strerror or str(error)))


def _incidents(room: warroom.Room, telemetry: str, say: Translator) -> tuple[str, ...] | None:
    """The incidents of the telemetry that fall into the time of the trouble, or up to an hour before it."""
    from gomend.apps.incidents import ranking, telling

    try:
        found = ranking.rank(telemetry, None, 3, say).incidents
    except base.Problem as error:
        base.note(say(_NO_TELEMETRY, reason=error.format_message()))
        return None
    since, until = float(room.began) - _BEFORE, float(room.ended)
    inside = [
        one
        for one in found
        if datetime.fromisoformat(one.end).timestamp() >= since and datetime.fromisoformat(one.start).timestamp() <= until
    ]
    return tuple(telling.headline(one, say) for one in inside)


def _post(room: warroom.Room, form: Format, incident: str, say: Translator) -> bool:
    url, secret = (os.environ.get(f"GOMEND_SLO_WEBHOOK{more}", "") for more in ("", "_SECRET"))
    try:
        wrong = webhooks.post(form, url, warroom.note(room, say), secret)
    except ValueError:
        wrong = say(_NO_ADDRESS)
    base.note(say(_NOT_POSTED, chat=form, reason=wrong) if wrong else say(_POSTED, chat=form, incident=incident))
    return not wrong


def _incident(room: warroom.Room, folder: str) -> tuple[str, Seen | None]:
    """The incident that this is: one of the same deploy; without a deploy, one of a common objective that never stopped since."""
    names = {a.objective.name for a in room.blocked}
    for path in sorted(glob.glob(os.path.join(glob.escape(folder), "warroom-*.json"))):
        try:
            with open(path, "rb") as file:
                seen = msgspec.json.decode(file.read(1 << 20), type=Seen)
        except (OSError, msgspec.DecodeError):
            continue
        goes_on = room.deploy is None and bool(names & set(seen.names)) and seen.last >= room.began
        if (room.deploy is not None and seen.deploy == str(room.deploy)) or (seen.deploy is None and goes_on):
            return os.path.basename(path)[len("warroom-") : -len(".json")], seen
    return room.incident, None
