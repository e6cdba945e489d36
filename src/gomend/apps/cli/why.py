"""``gomend why [FILE|-]``."""

from __future__ import annotations

from typing import Any

import click

from gomend.apps.cli import options
from gomend.apps.cli.base import Command, option
from gomend.model.text import text


@click.command(name="why", cls=Command)
@click.argument("file", default="-", metavar="[FILE|-]")
@option("-C", "--directory", default=".", metavar="DIR", help=text("cli.opt.directory", "The project that the text is about."))
@options.judging
@options.answers
def command(file: str, **given: Any) -> int:
    """See words.COMMANDS."""
    from gomend.apps.asking import why
    from gomend.apps.session import Options

    return why(file, Options(**given))
