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
    "Receive and fetch telemetry, keep it, and tell of incidents as they begin, a JSON line each; SIGTERM ends it.",
)
_LISTEN = text("incidentscli.opt.listen", "Where to listen (port 0: any free one).")
_GRPC = text("incidentscli.opt.grpc", "Where to listen for OTLP over gRPC; empty: not at all.")
_CONFIG = text("incidentscli.opt.config", "The set-up, a TOML file (gomend schema incidents.toml); other options win over it.")
_STORE = text("incidentscli.opt.store", "Folder for accepted telemetry; rank, export and replay read it too.")
_LOOK = text("incidentscli.opt.look", "Look once in so many seconds.")
_POST = text(
    "incidentscli.opt.post",
    "Tell a webhook or a chat of each change, once; the address is in GOMEND_INCIDENTS_WEBHOOK, a signing secret in GOMEND_INCIDENTS_WEBHOOK_SECRET.",
)


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
@option("--config", metavar="FILE", help=_CONFIG)
@option("--listen", metavar="HOST:PORT", help=_LISTEN)
@option("--grpc", metavar="HOST:PORT", help=_GRPC)
@option("--store", metavar="DIR", help=_STORE)
@option("--every", type=click.FloatRange(0.2, 3600), metavar="SECONDS", help=_LOOK)
@option("--post", type=click.Choice(("webhook", "slack", "feishu", "dingtalk", "wecom", "teams")), help=_POST)
@option("--playbooks", metavar="DIR", help=PLAYBOOKS)
@options.lang
def serve(
    config: str | None,
    listen: str | None,
    grpc: str | None,
    store: str | None,
    every: float | None,
    post: str | None,
    playbooks: str | None,
) -> int:
    """See _SERVE."""
    import asyncio
    import os

    from gomend.apps.incidents import serving, setup

    made = setup.loaded(config, listen, grpc, store, every)
    say = base.translator()

    def notified(ledger: Ledger) -> Notifier | None:
        from gomend.apps.incidents.notifying import Notifier

        return None if post is None else Notifier(post, ledger, say, playbooks)

    try:
        asyncio.run(
            serving.serve(made, os.environ, lambda what, words: base.note(say(setup.TOLD[what], words=words)), notified)
        )
    except ModuleNotFoundError as error:
        raise base.Problem(serving.EXTRA, missing=error.name) from None
    except OSError as error:
        raise base.Problem(setup.UNUSABLE, why=error.strerror or str(error)) from None
    return 0
