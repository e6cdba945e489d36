"""``gomend mod bundle``: one file a command; this one lists them."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.mod.bundle import imports, make, serve, verify
from gomend.model.text import text

BUNDLE = text(
    "bundle.command", "Carry modules to a site without network: one verified archive, made, checked, served, imported."
)


@click.group(name="bundle", cls=base.Subgroup, summary=BUNDLE, invoke_without_command=True)
@options.lang
@click.pass_context
def command(ctx: click.Context) -> None:
    """See BUNDLE."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for part in (make, verify, imports, serve):
    command.add_command(part.command)
