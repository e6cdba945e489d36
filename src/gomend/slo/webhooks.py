"""Messages of a war room in the forms of chat systems, as their documents state them, and what each answers when it took one.

Slack: incoming webhooks, Block Kit. Feishu/Lark: custom bots, interactive cards. DingTalk and WeCom: group robots, Markdown.
Teams: Workflows webhooks, Adaptive Cards 1.4. Three of them answer HTTP 200 to what they refuse.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import urllib.parse
from typing import Any, Final, Literal

from gomend.model.base import Thing
from gomend.ports.wire import posted

Format = Literal["slack", "feishu", "dingtalk", "wecom", "teams"]
FORMATS: Final[tuple[Format, ...]] = ("slack", "feishu", "dingtalk", "wecom", "teams")
"""Chat systems that are known."""
_LONGEST: Final = {"slack": 2900, "feishu": 20000, "dingtalk": 18000, "wecom": 3900, "teams": 20000}
"""Bytes of one text; WeCom refuses Markdown above 4096, a section of Slack text above 3000 letters."""


class Note(Thing, frozen=True):
    """What is posted: a title and Markdown lines."""

    title: str
    lines: tuple[str, ...]


def payload(form: Format, note: Note, secret: str = "", now: int = 0) -> dict[str, Any]:
    """The body of a message; ``secret`` signs it where the system wants that in the body (Feishu), ``now`` in seconds."""
    text = cut("\n".join(note.lines), _LONGEST[form])
    if form == "slack":
        head = {"type": "header", "text": {"type": "plain_text", "text": note.title[:150]}}
        body = {"type": "section", "text": {"type": "mrkdwn", "text": text.replace("**", "*")}}
        return {"text": note.title, "blocks": [head, body]}
    if form == "feishu":
        header = {"title": {"tag": "plain_text", "content": note.title}, "template": "red"}
        card = {"config": {"wide_screen_mode": True}, "header": header, "elements": [{"tag": "markdown", "content": text}]}
        signed = {"timestamp": str(now), "sign": _sign(f"{now}\n{secret}", "")} if secret else {}
        return {**signed, "msg_type": "interactive", "card": card}
    if form == "dingtalk":
        return {
            "msgtype": "markdown",
            "markdown": {"title": note.title, "text": f"### {note.title}\n\n" + text.replace("\n", "\n\n")},
        }
    if form == "wecom":
        return {"msgtype": "markdown", "markdown": {"content": cut(f"### {note.title}\n{text}", 4096)}}
    blocks: list[dict[str, Any]] = [
        {"type": "TextBlock", "text": note.title, "weight": "bolder", "size": "medium", "wrap": True},
        {"type": "TextBlock", "text": text.replace("\n", "\n\n"), "wrap": True},
    ]
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": blocks,
    }  # fmt: skip
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [attachment]}


def post(form: Format, url: str, note: Note, secret: str = "") -> str:
    """Send it once; answers what went wrong, or an empty text.

    Raises:
        ValueError: the URL is none.
    """
    now = int(time.time())
    if form == "dingtalk" and secret:
        stamp = str(now * 1000)
        sign = urllib.parse.quote_plus(_sign(secret, f"{stamp}\n{secret}"))
        parts = urllib.parse.urlsplit(url)
        url = urllib.parse.urlunsplit(parts._replace(query=f"{parts.query}&timestamp={stamp}&sign={sign}"))
    body = json.dumps(payload(form, note, secret, now), ensure_ascii=False).encode()
    heard = posted(url, body)
    return heard.problem or refused(form, heard.status or 0, heard.body)


def refused(form: Format, status: int, body: bytes) -> str:
    """Why a message was not taken; empty if it was."""
    if not 200 <= status < 300:
        return f"HTTP {status}"
    if form in {"slack", "teams"}:
        return ""
    try:
        answer = json.loads(body)
        code = answer.get("code", answer.get("StatusCode", answer.get("errcode")))
    except (ValueError, AttributeError):
        return "no answer of such a system"
    return "" if code == 0 else f"code {code}: {str(answer.get('msg') or answer.get('errmsg') or '')[:200]}"


def cut(text: str, most: int) -> str:
    """At most so many bytes, ending at a whole character."""
    raw = text.encode()
    return text if len(raw) <= most else raw[: most - 4].decode(errors="ignore") + " …"


def _sign(key: str, message: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()
