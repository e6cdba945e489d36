"""``gomend incidents rank``, ``export`` and ``query``: what reads a folder of telemetry."""

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
_AT = text(
    "incidentscli.opt.at", "Moment of an alarm (2026-01-31T12:00:00Z or seconds since 1970): look for the start near it."
)
_TOP = text("incidentscli.opt.top", "How many suspects to name.")
FORMAT = text("incidentscli.opt.format", "Form of the answer.")
"""Shared by all commands here."""
PLAYBOOKS = text(
    "incidentscli.life.opt.playbooks",
    "Folder of playbooks; the one whose header names the cause (`cause: memory`) is named.",
)
"""Shared by all commands that name a playbook."""
_BAD_TIME = text("incidentscli.bad-time", "{value} is no time: write 2026-01-31T12:00:00Z or seconds since 1970")


@click.command(name="rank", cls=base.Part, summary=_RANK)
@click.argument("folder", metavar="DIR")
@option("--at", metavar="TIME", help=_AT)
@option("--top", default=10, type=click.IntRange(1, 1000), help=_TOP)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=FORMAT)
@options.lang
def rank(folder: str, at: str | None, top: int, form: str) -> int:
    """See _RANK."""
    from gomend.apps.incidents import ranking, telling

    answer = ranking.rank(folder, moment(at) if at is not None else None, top, base.translator())
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(answer))
    else:
        click.echo(telling.told(answer, base.translator()), nl=False)
    return 1 if answer.incidents else 0


@click.command(name="export", cls=base.Part, summary=_EXPORT)
@click.argument("folder", metavar="DIR")
@option("--at", metavar="TIME", help=_AT)
@option("--format", "form", type=click.Choice(("html", "markdown")), default="html", help=FORMAT)
@option("-o", "--output", metavar="FILE", help=_OUTPUT)
@options.lang
def export(folder: str, at: str | None, form: str, output: str | None) -> int:
    """See _EXPORT."""
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


@click.command(name="query", cls=base.Part, summary=_QUERY)
@click.argument("folder", metavar="DIR")
@click.argument("sql", metavar="SQL")
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=FORMAT)
@options.lang
def query(folder: str, sql: str, form: str) -> int:
    """See _QUERY."""
    from gomend.apps.incidents import asking

    click.echo(asking.query(folder, sql, form), nl=False)
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
