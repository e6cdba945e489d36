"""``gomend mod cache``: one file a command; this one lists them."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.mod.cache import clean, mend, report, stats, tree, verify, why
from gomend.model.text import text

CACHE = text("cli.mod.cache", "Verify the module cache, mend exactly what is damaged, clean precisely.")


@click.group(name="cache", cls=base.Subgroup, summary=CACHE, invoke_without_command=True)
@options.lang
@click.pass_context
def command(ctx: click.Context) -> None:
    """See CACHE."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for part in (verify, mend, clean, stats, tree, why, report):
    command.add_command(part.command)
