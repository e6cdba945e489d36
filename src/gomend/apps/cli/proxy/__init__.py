"""``gomend proxy``: one file a command; this one lists them."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.proxy import check, emit, evict, export, fill, fsck, key, run, serve


@click.group(name="proxy", cls=base.Group, invoke_without_command=True)
@options.lang
@click.pass_context
def command(ctx: click.Context) -> None:
    """See words.COMMANDS."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for part in (
    serve.command,
    run.command,
    fill.mirror,
    fill.take,
    export.command,
    evict.command,
    fsck.command,
    key.command,
    check.command,
    emit.command,
):
    command.add_command(part)
