"""``gomend run -- CMD …``."""

from __future__ import annotations

from typing import Any

import click

from gomend.apps.cli import options
from gomend.apps.cli.base import Command, option
from gomend.model.text import text


@click.command(name="run", cls=Command, context_settings={"ignore_unknown_options": False})
@option(
    "-C",
    "--directory",
    default=".",
    metavar="DIR",
    help=text("cli.opt.run-directory", "The project; the command runs where gomend runs."),
)
@option(
    "--exit-findings",
    is_flag=True,
    help=text("cli.opt.exit-findings", "Exit as check does instead of with the command's own code."),
)
@options.judging
@options.answers
@click.argument("argv", nargs=-1, type=click.UNPROCESSED, metavar="-- CMD…")
def command(argv: tuple[str, ...], exit_findings: bool, **given: Any) -> int:
    """See words.COMMANDS."""
    from gomend.apps.asking import run
    from gomend.apps.session import Options

    return run(argv, Options(**given), exit_findings=exit_findings)
