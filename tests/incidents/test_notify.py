"""Notifications to a real receiver over loopback: one for each change of state, tried again, never twice, never a flood."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gomend.apps.cli.base import Problem
from gomend.apps.incidents import notifying
from gomend.incidents.ledger import Ledger
from gomend.incidents.register import Blamed, Record, Seen
from gomend.model.text import Translator

SEEN = Seen(signal="events", what="OOMKilled", after=1.0, weight=4.0, ref="stock-0")


class Receiver(http.server.ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.heard: list[tuple[dict[str, str], dict[str, Any], bytes]] = []
        self.refuse = 0


class Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        bad, self.server.refuse = self.server.refuse > 0, max(0, self.server.refuse - 1)
        if not bad:
            self.server.heard.append((dict(self.headers), json.loads(body), body))
        self.send_response(500 if bad else 200)
        self.end_headers()
        self.wfile.write(b'{"code": 0, "errcode": 0}')

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv(notifying.ADDRESS, f"http://127.0.0.1:{server.server_port}/hook?x=1")
    monkeypatch.setattr(notifying, "_PAUSES", (0.05,))
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def opened(id: int) -> Record:
    blamed = Blamed(service=f"stock{id}", kind="memory", score=0.9, since=10**18, seen=(SEEN,))
    return Record(do="open", id=id, at=10**18, seen=10**18, blamed=(blamed,))


def pump(notifier: notifying.Notifier, receiver: Receiver, until: int, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and len(receiver.heard) < until:
        notifier.pump()
        time.sleep(0.01)
    for _ in range(30):  # what must not come would come now
        notifier.pump()
        time.sleep(0.01)


def test_one_message_for_each_change_and_none_again_after_a_restart(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{notifying.ADDRESS}_SECRET", "k")
    book = Ledger(tmp_path)
    notifier = notifying.Notifier("webhook", book, Translator(), None)
    book.write(lambda _: [opened(1)])
    pump(notifier, receiver, 1)
    receiver.refuse = 2  # the next is tried again
    book.write(lambda _: [Record(do="final", id=1, at=2, seen=10**18)])
    pump(notifier, receiver, 2)
    notifier.close()
    again = notifying.Notifier("webhook", Ledger(tmp_path), Translator(), None)
    pump(again, receiver, 3, 0.3)
    Ledger(tmp_path).write(lambda _: [Record(do="ack", id=1, at=3, by="me"), Record(do="close", id=1, at=4, note="mended")])
    again._ledger.drain()
    pump(again, receiver, 3)
    again.close()
    assert [(b["state"], b["acknowledged_by"]) for _, b, _ in receiver.heard] == [
        ("preview", None), ("final", None), ("closed", "me"),
    ]  # fmt: skip
    assert len({h["Idempotency-Key"] for h, _, _ in receiver.heard}) == 3
    for headers, _, body in receiver.heard:
        assert headers["X-Gomend-Signature"] == "sha256=" + hmac.new(b"k", body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("form", ["slack", "feishu", "dingtalk", "wecom", "teams"])
def test_chats_get_their_own_form(receiver: Receiver, form: str) -> None:
    book = Ledger()
    notifier = notifying.Notifier(form, book, Translator("zh-CN"), None)
    book.write(lambda _: [opened(1)])
    pump(notifier, receiver, 1)
    notifier.close()
    said = json.dumps(receiver.heard[0][1], ensure_ascii=False)
    assert "stock1" in said
    assert "OOMKilled" in said
    assert "内存" in said


def test_never_a_flood(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifying, "_A_MINUTE", 3)
    book = Ledger()
    notifier = notifying.Notifier("webhook", book, Translator(), None)
    book.write(lambda _: [opened(n) for n in range(1, 20)])
    pump(notifier, receiver, 4, 0.6)
    notifier.close()
    assert len(receiver.heard) == 3


def test_an_address_that_is_none_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(notifying.ADDRESS, "hook")
    with pytest.raises(Problem, match="GOMEND_INCIDENTS_WEBHOOK"):
        notifying.Notifier("webhook", Ledger(), Translator(), None)
