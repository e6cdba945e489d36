"""``gomend proxy``: one file a command; this one lists them."""

from __future__ import annotations

from typing import Any

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.proxy import check, emit, evict, export, fill, fsck, key, run, serve
from gomend.model.text import text

_EXTRA = text("proxy.extra", "The module proxy needs more packages: pip install 'gomend[proxy]' ({missing} is missing).")


class Group(base.Group):
    """Its commands need an extra."""

    def invoke(self, ctx: click.Context) -> Any:
        """As always; a package that is missing is said."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            raise base.Problem(_EXTRA, missing=error.name) from None


@click.group(name="proxy", cls=Group, invoke_without_command=True)
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
