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
