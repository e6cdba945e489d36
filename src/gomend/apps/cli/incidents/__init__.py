"""``gomend incidents``: join traces, logs, metrics and cluster state into a cause."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.incidents import handling, reading, receiving


@click.group(name="incidents", cls=base.Group, invoke_without_command=True)
@options.lang
@click.pass_context
def command(ctx: click.Context) -> None:
    """See words.COMMANDS."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for _part in (
    reading.rank,
    reading.export,
    reading.query,
    receiving.replay,
    receiving.serve,
    handling.watch,
    handling.list_,
    handling.show,
    handling.ack,
    handling.close,
    handling.reopen,
    handling.merge,
    handling.split,
):
    command.add_command(_part)
