"""``gomend incidents serve`` and ``replay``: telemetry as it comes, or as if it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.cli.incidents.reading import PLAYBOOKS
from gomend.model.text import text

if TYPE_CHECKING:
    from gomend.apps.incidents.notifying import Notifier
    from gomend.incidents.ledger import Ledger

_REPLAY = text(
    "incidentscli.replay", "Play a folder of telemetry as if it came now: previews, final findings and ends, a JSON line each."
)
_EVERY = text("incidentscli.opt.every", "Look once in so many seconds of the data's clock.")
_SERVE = text(
    "incidentscli.serve",
    "Receive OTLP over HTTP, keep it, and tell of incidents as they begin, a JSON line each; SIGTERM ends it.",
)
_LISTEN = text("incidentscli.opt.listen", "Where to listen (port 0: any free one).")
_STORE = text("incidentscli.opt.store", "Folder for accepted telemetry; rank, export and replay read it too.")
_LOOK = text("incidentscli.opt.look", "Look once in so many seconds.")
_POST = text(
    "incidentscli.opt.post",
    "Tell a webhook or a chat of each change, once; the address is in GOMEND_INCIDENTS_WEBHOOK, a signing secret in GOMEND_INCIDENTS_WEBHOOK_SECRET.",
)
_BAD_LISTEN = text("incidentscli.bad-listen", "{value} cannot be used: {reason}")
_READY = text("incidentscli.ready", "listening on {url} (OTLP: /v1/traces, /v1/logs, /v1/metrics)")


@click.command(name="replay", cls=base.Part, summary=_REPLAY)
@click.argument("folder", metavar="DIR")
@option("--every", default=10, type=click.IntRange(1, 3600), metavar="SECONDS", help=_EVERY)
@options.lang
def replay(folder: str, every: int) -> int:
    """See _REPLAY."""
    import msgspec

    from gomend.apps.incidents import ranking, serving

    case, _ = ranking.load(folder)
    told = 0
    for change in serving.replay(case, every):
        click.echo(msgspec.json.encode(change))
        told += 1
    return 1 if told else 0


@click.command(name="serve", cls=base.Part, summary=_SERVE)
@option("--listen", default="127.0.0.1:4318", metavar="HOST:PORT", help=_LISTEN)
@option("--store", required=True, metavar="DIR", help=_STORE)
@option("--every", default=1.0, type=click.FloatRange(0.2, 3600), metavar="SECONDS", help=_LOOK)
@option("--post", type=click.Choice(("webhook", "slack", "feishu", "dingtalk", "wecom", "teams")), help=_POST)
@option("--playbooks", metavar="DIR", help=PLAYBOOKS)
@options.lang
def serve(listen: str, store: str, every: float, post: str | None, playbooks: str | None) -> int:
    """See _SERVE."""
    import asyncio
    from pathlib import Path

    from gomend.apps.incidents import serving

    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise base.Problem(_BAD_LISTEN, value=listen, reason="HOST:PORT")
    say = base.translator()

    def notified(ledger: Ledger) -> Notifier | None:
        from gomend.apps.incidents.notifying import Notifier

        return None if post is None else Notifier(post, ledger, say, playbooks)

    def ready(url: str) -> None:
        base.note(say(_READY, url=url))

    try:
        asyncio.run(serving.serve((host.strip("[]"), int(port)), Path(store), every, ready, notified))
    except ModuleNotFoundError as error:
        raise base.Problem(serving.EXTRA, missing=error.name) from None
    except OSError as error:
        raise base.Problem(_BAD_LISTEN, value=f"{listen}, {store}", reason=error.strerror or str(error)) from None
    return 0
