"""``gomend apply [DIR]``."""

from __future__ import annotations

from typing import Any

import click

from gomend.apps.cli import options
from gomend.apps.cli.base import Command, option
from gomend.apps.cli.plan import DIFF, UNSAFE
from gomend.model.text import text


@click.command(name="apply", cls=Command)
@click.argument("directory", default=".", metavar="[DIR]")
@options.judging
@options.depth
@option(
    "-y", "--yes", is_flag=True, help=text("cli.opt.yes", "Do not ask; without a terminal this is needed to change anything.")
)
@option("--dry-run", is_flag=True, help=text("cli.opt.dry-run", "Only show what would be done."))
@option("--unsafe", is_flag=True, help=UNSAFE)
@option("--diff", "diffs", is_flag=True, help=DIFF)
@options.answers
def command(yes: bool, dry_run: bool, unsafe: bool, diffs: bool, **given: Any) -> int:
    """See words.COMMANDS."""
    from gomend.apps.mending import mend
    from gomend.apps.session import Options

    return mend(Options(**given), yes=yes, dry_run=dry_run, unsafe=unsafe, diffs=diffs)
