"""``gomend undo [JOURNAL]``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from gomend.apps.cli import base, options, words
from gomend.apps.cli.base import Command, option
from gomend.model.text import text


@click.command(name="undo", cls=Command)
@click.argument("journal", required=False, metavar="[JOURNAL]")
@option("--force", is_flag=True, help=text("cli.opt.force", "Overwrite files that were changed since."))
@options.lang
def command(journal: str | None, force: bool) -> int:
    """See words.COMMANDS."""
    from gomend.apps.loop import run_async
    from gomend.engine.apply import Refused, undo
    from gomend.engine.steps import StepProblem
    from gomend.ports.doors import real_doors
    from gomend.ports.state import StateProblem, state_folder

    state = state_folder(os.environ, os.path.expanduser("~"))
    try:
        past = run_async(lambda: undo(state, journal, real_doors(), force=force))
    except Refused as refused:
        raise base.Problem(" ".join(base.translator()(said) for said in refused.said)) from None
    except (StateProblem, StepProblem) as problem:
        raise base.Problem(str(problem)) from None
    click.echo(base.translator()(words.UNDONE, journal=Path(past.folder).name))
    return 0
