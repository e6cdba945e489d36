"""``gomend debug``: one file a command; this one lists them."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.debug import build, core, init, paths, why


@click.group(name="debug", cls=base.Group, invoke_without_command=True)
@options.lang
@click.pass_context
def command(ctx: click.Context) -> None:
    """See words.COMMANDS."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for part in (why, paths, init, build, core):
    command.add_command(part.command)
