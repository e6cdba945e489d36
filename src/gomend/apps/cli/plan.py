"""``gomend plan [DIR]``."""

from __future__ import annotations

from typing import Any

import click

from gomend.apps.cli import options
from gomend.apps.cli.base import Command, option
from gomend.model.text import text

UNSAFE = text("cli.opt.unsafe", "Take fixes that are marked as needing it.")
DIFF = text("cli.opt.diff", "Show file changes as unified diffs only.")


@click.command(name="plan", cls=Command)
@click.argument("directory", default=".", metavar="[DIR]")
@options.judging
@options.depth
@option("--unsafe", is_flag=True, help=UNSAFE)
@option("--diff", "diffs", is_flag=True, help=DIFF)
@options.answers
def command(unsafe: bool, diffs: bool, **given: Any) -> int:
    """See words.COMMANDS."""
    from gomend.apps.mending import plan
    from gomend.apps.session import Options

    return plan(Options(**given), unsafe=unsafe, diffs=diffs)
