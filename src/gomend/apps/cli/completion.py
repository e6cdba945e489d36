"""``gomend completion SHELL``."""

from __future__ import annotations

import click

from gomend.apps.cli import options
from gomend.apps.cli.base import Command


@click.command(name="completion", cls=Command)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@options.lang
def command(shell: str) -> int:
    """See words.COMMANDS."""
    from click.shell_completion import get_completion_class

    from gomend.apps.cli.main import gomend

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(shell)
    click.echo(kind(gomend, {}, "gomend", "_GOMEND_COMPLETE").source())
    return 0
