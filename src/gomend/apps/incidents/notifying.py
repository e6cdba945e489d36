"""Telling people of incidents: one message for each change of state, to a webhook or a chat; tried again until it is taken, never in floods.

What was told is in the ledger: nothing is told twice, whoever restarts (but for a kill between the answer and the ledger). While a message
cannot be delivered, only the newest state of each incident waits.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import msgspec

from gomend.apps.cli import base
from gomend.apps.incidents.lifeshapes import life
from gomend.apps.incidents.lifetelling import STATES
from gomend.apps.incidents.telling import KINDS, evidence_row
from gomend.incidents.ledger import Ledger
from gomend.incidents.register import Incident, Record
from gomend.model.redact import redact
from gomend.model.text import Translator, text
from gomend.ports.wire import Wire, posted
from gomend.slo import webhooks

FORMS: Final = ("webhook", *webhooks.FORMATS)
"""Where to: a generic webhook (the JSON of ``show``), or a chat."""
ADDRESS: Final = "GOMEND_INCIDENTS_WEBHOOK"
"""Environment variable with the address; ``…_SECRET`` signs."""
_A_MINUTE: Final = 12
"""Messages that may be sent in a minute."""
_PAUSES: Final = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds to wait after so many failures of one incident's message."""
_NO_ADDRESS: Final = text("incidentlife.notify.no-address", "{name} is not set, or is no http:// or https:// address")
_FAILED: Final = text("incidentlife.notify.failed", "incident {id} could not be told to {form}: {reason}; it is tried again")
_TITLE: Final = text("incidentlife.notify.title", "[{state}] {service}: {kind}")
_SINCE: Final = text("incidentlife.notify.since", "Incident {id}, since {start}, belief {score}")
_ON_PATH: Final = text("incidentlife.notify.path", "On the same path: {services}")
_PLAYBOOK: Final = text("incidentlife.notify.playbook", "Playbook: {name}")
_BY: Final = text("incidentlife.notify.by", "Looked at by {who}")
_SHOWN: Final = 3


def state_of(incident: Incident) -> str:
    """What is told once: the state, the cause and whether somebody looks at it."""
    return f"{incident.state}|{incident.cause.service}|{incident.cause.kind}|{incident.acknowledged}"


class Notifier:
    """Keeps one receiver informed. ``pump`` is called again and again by whoever owns the ledger; sending happens in a thread of its own."""

    def __init__(self, form: str, ledger: Ledger, say: Translator, playbooks: str | None) -> None:
        """Read the address from the environment.

        Raises:
            Problem: it is not there, or is none.
        """
        self._form, self._ledger, self._say, self._playbooks = form, ledger, say, playbooks
        self._url, self._secret = os.environ.get(ADDRESS, ""), os.environ.get(f"{ADDRESS}_SECRET", "")
        try:
            Wire(self._url).close()
        except ValueError:
            raise base.Problem(_NO_ADDRESS, name=ADDRESS) from None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="notify")
        self._flying: tuple[int, str, Future[str]] | None = None
        self._sent: list[float] = []
        self._failures: dict[int, tuple[int, float]] = {}

    def pump(self) -> None:
        """Note what was taken, send the next message if one is due.

        Raises:
            OSError: the ledger could not be written.
        """
        now = time.monotonic()
        if self._flying is not None:
            id, key, answer = self._flying
            if not answer.done():
                return
            self._flying = None
            if self._landed(id, answer.result(), now):
                told = Record(do="told", id=id, at=time.time_ns(), note=key)
                self._ledger.write(lambda _: [told])
        self._sent = [at for at in self._sent if now - at < 60]
        if len(self._sent) >= _A_MINUTE:
            return
        for incident in self._ledger.register.incidents.values():
            if self._due(incident, now):
                self._sent.append(now)
                self._flying = (incident.id, state_of(incident), self._thread.submit(self._message(incident)))
                return

    def close(self) -> None:
        """Let what is on its way arrive, and send the rest that is due, for some seconds."""
        until = time.monotonic() + 5
        while time.monotonic() < until:
            self.pump()
            if self._flying is None:
                break
            time.sleep(0.02)
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _due(self, incident: Incident, now: float) -> bool:
        # Of what was over before anybody was told, nobody needs to be told.
        return (
            incident.told != state_of(incident)
            and (incident.going_on or bool(incident.told))
            and now >= self._failures.get(incident.id, (0, 0.0))[1]
        )

    def _landed(self, id: int, problem: str, now: float) -> bool:
        if not problem:
            self._failures.pop(id, None)
            return True
        count = self._failures.get(id, (0, 0.0))[0]
        self._failures[id] = (count + 1, now + _PAUSES[min(count, len(_PAUSES) - 1)])
        if count == 0:
            base.note(self._say(_FAILED, id=id, form=self._form, reason=redact(problem)))
        return False

    def _message(self, incident: Incident) -> Callable[[], str]:
        """What to do in the thread; the message is made here, where nobody changes the incident."""
        chat: webhooks.Format | None = next((f for f in webhooks.FORMATS if f == self._form), None)
        if chat is not None:
            form, note = chat, self._note(incident)
            return lambda: webhooks.post(form, self._url, note, self._secret)
        body = msgspec.json.encode(life(incident, self._playbooks))
        key = hashlib.sha256(f"{incident.id}\0{state_of(incident)}\0{len(incident.history)}".encode()).hexdigest()[:32]
        headers = {"Idempotency-Key": key}
        if self._secret:
            headers["X-Gomend-Signature"] = "sha256=" + hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
        return lambda: _posted(self._url, body, headers)

    def _note(self, incident: Incident) -> webhooks.Note:
        say, one = self._say, life(incident, self._playbooks)
        lines = [say(_SINCE, id=one.id, start=one.start, score=f"{one.score:.2f}")]
        lines += [": ".join(evidence_row(e, say)) for e in one.suspects[0].evidence[:_SHOWN]]
        if len(one.services) > 1:
            lines.append(say(_ON_PATH, services=", ".join(one.services[1:])))
        if one.acknowledged_by:
            lines.append(say(_BY, who=one.acknowledged_by))
        if one.playbook:
            lines.append(say(_PLAYBOOK, name=one.playbook))
        title = say(_TITLE, state=say(STATES[one.state]), service=one.service, kind=say(KINDS[one.kind]))
        return webhooks.Note(title=title, lines=tuple(lines))


def _posted(url: str, body: bytes, headers: dict[str, str]) -> str:
    heard = posted(url, body, headers)
    return heard.problem or ("" if heard.status is not None and 200 <= heard.status < 300 else f"HTTP {heard.status}")
