"""``gomend check [DIR]``."""

from __future__ import annotations

from typing import Any

import click

from gomend.apps.cli import options
from gomend.apps.cli.base import Command, option
from gomend.model.text import text


@click.command(name="check", cls=Command)
@click.argument("directory", default=".", metavar="[DIR]")
@options.judging
@options.depth
@option("--watch", is_flag=True, help=text("cli.opt.watch", "Check again whenever a file of the project changes."))
@options.answers
def command(watch: bool, **given: Any) -> int:
    """See words.COMMANDS."""
    from gomend.apps.looking import look, watching
    from gomend.apps.session import Options

    asked = Options(**given)
    return watching(asked) if watch else look(asked)
