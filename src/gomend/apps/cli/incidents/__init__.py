"""``gomend incidents``: join traces, logs, metrics and cluster state into a cause."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.model.text import text

_RANK = text(
    "incidentscli.rank", "Say of a folder of telemetry which service broke first, how, since when and why we think so."
)
_EXPORT = text(
    "incidentscli.export",
    "The page of the incident in a folder: timeline, calls, evidence, one request against a normal one; opens without a server.",
)
_OUTPUT = text("incidentscli.opt.output", "Write to this file instead of standard output.")
_NOT_WRITTEN = text("incidentscli.not-written", "{path} cannot be written: {reason}")
_QUERY = text("incidentscli.query", "Ask the telemetry of a folder in SQL (DuckDB): views spans, lines, metrics and events.")
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
_AT = text(
    "incidentscli.opt.at", "Moment of an alarm (2026-01-31T12:00:00Z or seconds since 1970): look for the start near it."
)
_TOP = text("incidentscli.opt.top", "How many suspects to name.")
_FORMAT = text("incidentscli.opt.format", "Form of the answer.")
_BAD_TIME = text("incidentscli.bad-time", "{value} is no time: write 2026-01-31T12:00:00Z or seconds since 1970")


@click.group(name="incidents", cls=base.Group, invoke_without_command=True)
@options.lang
@click.pass_context
def command(ctx: click.Context) -> None:
    """See words.COMMANDS."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command(name="rank", cls=base.Part, summary=_RANK)
@click.argument("folder", metavar="DIR")
@option("--at", metavar="TIME", help=_AT)
@option("--top", default=10, type=click.IntRange(1, 1000), help=_TOP)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=_FORMAT)
@options.lang
def _rank(folder: str, at: str | None, top: int, form: str) -> int:
    from gomend.apps.incidents import ranking, telling

    answer = ranking.rank(folder, moment(at) if at is not None else None, top, base.translator())
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(answer))
    else:
        click.echo(telling.told(answer, base.translator()), nl=False)
    return 1 if answer.incidents else 0


@command.command(name="export", cls=base.Part, summary=_EXPORT)
@click.argument("folder", metavar="DIR")
@option("--at", metavar="TIME", help=_AT)
@option("--format", "form", type=click.Choice(("html", "markdown")), default="html", help=_FORMAT)
@option("-o", "--output", metavar="FILE", help=_OUTPUT)
@options.lang
def _export(folder: str, at: str | None, form: str, output: str | None) -> int:
    from gomend.apps.incidents import ranking
    from gomend.ports.files import write_whole

    made = ranking.page(folder, moment(at) if at is not None else None, form, base.translator())
    if output is None:
        click.echo(made, nl=False)
        return 0
    try:
        write_whole(output, made.encode())
    except OSError as error:
        raise base.Problem(_NOT_WRITTEN, path=output, reason=error.strerror or str(error)) from None
    return 0


@command.command(name="query", cls=base.Part, summary=_QUERY)
@click.argument("folder", metavar="DIR")
@click.argument("sql", metavar="SQL")
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=_FORMAT)
@options.lang
def _query(folder: str, sql: str, form: str) -> int:
    from gomend.apps.incidents import asking

    click.echo(asking.query(folder, sql, form), nl=False)
    return 0


@command.command(name="replay", cls=base.Part, summary=_REPLAY)
@click.argument("folder", metavar="DIR")
@option("--every", default=10, type=click.IntRange(1, 3600), metavar="SECONDS", help=_EVERY)
@options.lang
def _replay(folder: str, every: int) -> int:
    import msgspec

    from gomend.apps.incidents import ranking, serving

    case, _ = ranking.load(folder)
    told = 0
    for change in serving.replay(case, every):
        click.echo(msgspec.json.encode(change))
        told += 1
    return 1 if told else 0


@command.command(name="serve", cls=base.Part, summary=_SERVE)
@option("--config", metavar="FILE", help=_CONFIG)
@option("--listen", metavar="HOST:PORT", help=_LISTEN)
@option("--grpc", metavar="HOST:PORT", help=_GRPC)
@option("--store", metavar="DIR", help=_STORE)
@option("--every", type=click.IntRange(1, 3600), metavar="SECONDS", help=_LOOK)
@options.lang
def _serve(config: str | None, listen: str | None, grpc: str | None, store: str | None, every: int | None) -> int:
    import asyncio
    import os

    from gomend.apps.incidents import serving, setup

    made = setup.loaded(config, listen, grpc, store, every)
    say = base.translator()
    try:
        asyncio.run(serving.serve(made, os.environ, lambda what, words: base.note(say(setup.TOLD[what], words=words))))
    except ModuleNotFoundError as error:
        raise base.Problem(serving.EXTRA, missing=error.name) from None
    except OSError as error:
        raise base.Problem(setup.UNUSABLE, why=error.strerror or str(error)) from None
    return 0


def moment(value: str) -> int:
    """Nanoseconds since the epoch; a time without a zone is UTC.

    Raises:
        Problem: it is no time.
    """
    try:
        return int(float(value) * 1e9)
    except (ValueError, OverflowError):
        pass
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        raise base.Problem(_BAD_TIME, value=value) from None
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()) * 10**9
