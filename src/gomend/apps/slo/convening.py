"""Calling the war room: the pages into a folder, a message to a chat, once for each incident."""

from __future__ import annotations

import os
from fractions import Fraction
from typing import Final

from gomend.apps.cli import base
from gomend.apps.slo import aligning, warroom
from gomend.apps.slo.asking import Asker
from gomend.model.text import text
from gomend.ports.files import write_whole
from gomend.slo import webhooks
from gomend.slo.gate import Assessment
from gomend.slo.objective import Config
from gomend.slo.webhooks import FORMATS, Format

_WRITTEN: Final = text("slowar.written", "war room: {page}")
_NOT_WRITTEN: Final = text("slowar.not-written", "the war room's page could not be written: {reason}")
_ALREADY: Final = text("slowar.already", "posted before for incident {incident}; not again")
_POSTED: Final = text("slowar.posted", "posted to {chat}, incident {incident}")
_NOT_POSTED: Final = text("slowar.not-posted", "not posted to {chat}: {reason}")
_NO_ADDRESS: Final = text("slowar.no-address", "GOMEND_SLO_WEBHOOK is not set, or is no address")


def convene(
    found: list[Assessment], config: Config, ask: Asker, deploy: Fraction | None, folder: str, chat: str | None
) -> None:
    """Write the pages and post; trouble with either is told on standard error and changes no verdict."""
    say = base.translator()
    blocked = {a.objective.name for a in found if a.verdict == "block"}
    aligned = {d.name: aligning.align(d, ask) for d in aligning.definitions(config) if d.name in blocked}
    room = warroom.Room(found=tuple(found), aligned=aligned, deploy=deploy)
    try:
        page, _ = warroom.write(room, folder, say)
        base.note(say(_WRITTEN, page=page))
        mark = os.path.join(folder, f"warroom-{room.incident}.posted")
        form: Format | None = next((f for f in FORMATS if f == chat), None)
        if form is None:
            return
        if os.path.exists(mark):
            base.note(say(_ALREADY, incident=room.incident))
            return
        url = os.environ.get("GOMEND_SLO_WEBHOOK", "")
        try:
            wrong = webhooks.post(form, url, warroom.note(room, say), os.environ.get("GOMEND_SLO_WEBHOOK_SECRET", ""))
        except ValueError:
            wrong = say(_NO_ADDRESS)
        if wrong:
            base.note(say(_NOT_POSTED, chat=form, reason=wrong))
            return
        write_whole(mark, b"")
        base.note(say(_POSTED, chat=form, incident=room.incident))
    except OSError as error:
        base.note(say(_NOT_WRITTEN, reason=error.strerror or str(error)))
