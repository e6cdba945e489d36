"""The war room's page and its messages: what they say, that they need nothing from outside, and that each chat takes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import threading
import urllib.parse
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gomend.slo import webhooks
from gomend.slo.webhooks import FORMATS, Format, Note
from tests.slo import servers
from tests.slo.servers import AT

SLO = """
slos:
  - name: checkout
    owner: team-checkout
    objective: 0.999
    window: 5d
    policy: {mode: budget}
    sli:
      sre: {source: promql, good: 'sum(increase(http_requests_total{job="checkout",code!~"5.."}[$window]))',
            total: 'sum(increase(http_requests_total{job="checkout"}[$window]))'}
      dev: {source: prose, says: HTTP 2xx/5xx ratio}
  - name: silent
    objective: 0.9
    sli: {sre: {source: promql, value: nothing_at_all}}
"""
TEXT = {"type": "string", "minLength": 1}


def must(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


SCHEMAS: dict[Format, dict[str, Any]] = {
    # after the documents of each system; limits on length are checked beside
    "slack": must(
        text=TEXT,
        blocks={
            "type": "array",
            "maxItems": 50,
            "items": {
                "oneOf": [
                    must(type={"const": "header"}, text=must(type={"const": "plain_text"}, text={**TEXT, "maxLength": 150})),
                    must(type={"const": "section"}, text=must(type={"const": "mrkdwn"}, text={**TEXT, "maxLength": 3000})),
                ]
            },
        },
    ),
    "feishu": must(
        timestamp={"type": "string", "pattern": r"^\d+$"},
        sign=TEXT,
        msg_type={"const": "interactive"},
        card=must(
            config={"type": "object"},
            header=must(title=must(tag={"const": "plain_text"}, content=TEXT), template={"enum": ["red", "blue", "green"]}),
            elements={"type": "array", "items": must(tag={"const": "markdown"}, content=TEXT)},
        ),
    ),
    "dingtalk": must(msgtype={"const": "markdown"}, markdown=must(title=TEXT, text=TEXT)),
    "wecom": must(msgtype={"const": "markdown"}, markdown=must(content=TEXT)),
    "teams": must(
        type={"const": "message"},
        attachments={
            "type": "array",
            "items": must(
                contentType={"const": "application/vnd.microsoft.card.adaptive"},
                contentUrl={"type": "null"},
                content={
                    "type": "object",
                    "properties": {
                        "type": {"const": "AdaptiveCard"},
                        "version": {"const": "1.4"},
                        "body": {"type": "array", "items": {"type": "object", "required": ["type", "text", "wrap"]}},
                    },
                    "required": ["$schema", "type", "version", "body"],
                },
            ),
        },
    ),
}
TAKES: dict[Format, bytes] = {
    "slack": b"ok", "feishu": b'{"code":0,"msg":"success"}', "dingtalk": b'{"errcode":0,"errmsg":"ok"}',
    "wecom": b'{"errcode":0,"errmsg":"ok"}', "teams": b"",
}  # fmt: skip


class Receiver:
    """A local receiver of webhooks; a double, because chats cannot be started here."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.answer = b"ok"
        self.url = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.got.append((self.path, json.loads(body)))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(state.answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/hook?access_token=abc"
    yield state
    server.shutdown()
    server.server_close()


def gate(
    tmp_path: Path, shop: servers.Prometheus, *words: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    (tmp_path / "slo.yaml").write_text(SLO)
    argv = [
        sys.executable, "-m", "gomend", "slo", "gate", "--config", str(tmp_path / "slo.yaml"), "--prometheus", shop.url,
        "--at", str(AT), "--deploy", str(AT - 1500), "--report", str(tmp_path / "room"), *words,
    ]  # fmt: skip
    return subprocess.run(argv, capture_output=True, text=True, check=False, env={**os.environ, **(env or {})})


def test_the_page_says_it_all_and_needs_nothing(shop: servers.Prometheus, tmp_path: Path) -> None:
    for language, says in (
        ("en", ["Release blocked: checkout", "team-checkout", "Agenda", "deploy"]),
        ("zh-CN", ["发布被拦截：checkout", "议程", "部署"]),
    ):
        done = gate(tmp_path, shop, "--lang", language)
        assert done.returncode == 1, done.stderr
        (page,) = (tmp_path / "room").glob("*.html")
        (note,) = (tmp_path / "room").glob("*.md")
        text = page.read_text()
        for words in says:
            assert words in text
            assert words in note.read_text() or words in {"deploy", "部署"}
        assert "GOOD_SET_DIFFERS" in text
        assert "2xx/(2xx+5xx)" in text
        assert not re.search(r"<script|<link|src=|url\(|@import", text)
        drawn = ET.fromstring(text[text.index("<svg") : text.index("</svg>") + 6])
        circles = [c.get("fill") for c in drawn.iter("{http://www.w3.org/2000/svg}circle")]
        assert circles.count("#c22f2f") == 4
        page.unlink()
        note.unlink()


@pytest.mark.parametrize("form", FORMATS)
def test_each_chat_gets_it_once_in_its_own_form(
    form: Format, shop: servers.Prometheus, tmp_path: Path, receiver: Receiver
) -> None:
    receiver.answer = TAKES[form]
    env = {"GOMEND_SLO_WEBHOOK": receiver.url, "GOMEND_SLO_WEBHOOK_SECRET": "s3"}
    for _ in range(2 if form == "slack" else 1):
        done = gate(tmp_path, shop, "--post", form, env=env)
        assert done.returncode == 1
        assert "abc" not in done.stdout + done.stderr
    ((path, body),) = receiver.got
    jsonschema.validate(body, SCHEMAS[form])
    assert "checkout" in json.dumps(body)
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))
    assert query["access_token"] == "abc"
    if form == "dingtalk":
        signed = hmac.new(b"s3", f"{query['timestamp']}\ns3".encode(), hashlib.sha256).digest()
        assert query["sign"] == base64.b64encode(signed).decode()
    if form == "feishu":
        signed = hmac.new(f"{body['timestamp']}\ns3".encode(), digestmod=hashlib.sha256).digest()
        assert body["sign"] == base64.b64encode(signed).decode()


@pytest.mark.parametrize(
    ("form", "answer"),
    [
        ("feishu", b'{"code":19021,"msg":"sign match fail"}'),
        ("dingtalk", b'{"errcode":310000,"errmsg":"keywords not in content"}'),
        ("wecom", b"<html>"),
    ],
)
def test_a_refusal_with_200_is_no_success(
    form: Format, answer: bytes, shop: servers.Prometheus, tmp_path: Path, receiver: Receiver
) -> None:
    receiver.answer = answer
    times = 2 if form == "feishu" else 1
    for _ in range(times):
        done = gate(tmp_path, shop, "--post", form, env={"GOMEND_SLO_WEBHOOK": receiver.url})
        assert done.returncode == 1
        assert f"not posted to {form}" in done.stderr
    assert len(receiver.got) == times, "what was refused is tried again"


def test_an_incident_that_goes_on_is_one_incident(shop: servers.Prometheus, tmp_path: Path, receiver: Receiver) -> None:
    """Bad for longer than the gate looks back, without a deploy: the start of the streak that is seen moves, the incident does not."""
    slo = SLO.partition("  - name: silent")[0].replace("0.999", "0.9999")
    (tmp_path / "slo.yaml").write_text(slo)
    env = {**os.environ, "GOMEND_SLO_WEBHOOK": receiver.url}
    argv = [sys.executable, "-m", "gomend", "slo", "gate", "--config", str(tmp_path / "slo.yaml"), "--prometheus", shop.url]
    for at in (AT - 7200, AT - 6900, AT - 300):
        words = ["--at", str(at), "--report", str(tmp_path / "room"), "--post", "slack"]
        assert subprocess.run([*argv, *words], capture_output=True, check=False, env=env).returncode == 1
    assert len(receiver.got) == 1
    assert len(list((tmp_path / "room").glob("*.html"))) == 1


def test_no_address_no_post(shop: servers.Prometheus, tmp_path: Path) -> None:
    done = gate(tmp_path, shop, "--post", "slack", env={"GOMEND_SLO_WEBHOOK": ""})
    assert (done.returncode, "GOMEND_SLO_WEBHOOK" in done.stderr) == (1, True)


def test_long_messages_stay_within_each_limit() -> None:
    note = Note(title="超" * 60, lines=tuple("达不到目标" * 50 for _ in range(100)))
    for form in FORMATS:
        body = webhooks.payload(form, note)
        if form == "wecom":
            assert len(body["markdown"]["content"].encode()) <= 4096
        if form == "slack":
            jsonschema.validate(body, SCHEMAS["slack"])
        assert len(json.dumps(body, ensure_ascii=False).encode()) < 25_000


@pytest.mark.parametrize(("hours", "shown"), [(0, True), (30, False)])
def test_what_broke_at_that_time_stands_on_the_page(hours: int, shown: bool, tmp_path: Path) -> None:
    """Telemetry of a slow network, whose start was found in the data, beside an objective that is missed then, or a day later."""
    start = 1675086000 + hours * 3600  # 2023-01-30T13:40:00Z: four minutes before the fault
    rows = [(start + 60 * n, 100, 100 if n < 5 else 60) for n in range(9)]
    (tmp_path / "h.csv").write_text("time,total,good\n" + "".join(f"{at},{total},{good}\n" for at, total, good in rows))
    (tmp_path / "slo.yaml").write_text(
        "slos:\n  - name: checkout\n    objective: 0.9\n    window: 1h\n    period: 1m\n    policy: {mode: absolute, need: 3}\n"
        "    sli: {sre: {source: csv, path: h.csv, good: good, total: total}}\n"
    )
    telemetry = Path(__file__).parents[1] / "incidents/data/tickets-network"
    words = ["--config", "slo.yaml", "--at", str(start + 9 * 60), "--report", "room", "--incidents", str(telemetry)]
    done = subprocess.run(
        [sys.executable, "-m", "gomend", "slo", "gate", *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    for path in (tmp_path / "room").glob("warroom-*.[hm]*"):
        assert ("ts-route-service" in path.read_text()) is shown, path
        assert ("no incident at that time" in path.read_text()) is not shown
