"""``gomend mod``: one file a command; this one lists them."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.mod import bundle, cache, plan, prove_offline, route, sbom, vendor


@click.group(name="mod", cls=base.Group, invoke_without_command=True)
@options.lang
@click.pass_context
def command(ctx: click.Context) -> None:
    """See words.COMMANDS."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for part in (route, plan, cache, vendor, bundle, prove_offline, sbom):
    command.add_command(part.command)
