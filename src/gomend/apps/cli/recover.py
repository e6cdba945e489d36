"""``gomend recover``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from gomend.apps.cli import base, options, words
from gomend.apps.cli.base import Command


@click.command(name="recover", cls=Command)
@options.lang
def command() -> int:
    """See words.COMMANDS."""
    from gomend.apps.loop import run_async
    from gomend.engine.apply import recover
    from gomend.engine.steps import StepProblem
    from gomend.ports.doors import real_doors
    from gomend.ports.state import StateProblem, state_folder

    state = state_folder(os.environ, os.path.expanduser("~"))
    try:
        ended = run_async(lambda: recover(state, real_doors()))
    except (StateProblem, StepProblem) as problem:
        raise base.Problem(str(problem)) from None
    say = base.translator()
    for past, how in ended:
        said = words.RECOVERED_COMPLETED if how == "completed" else words.RECOVERED_UNDONE
        click.echo(say(said, journal=Path(past.folder).name))
    if not ended:
        click.echo(say(words.NOTHING_TO_RECOVER))
    return 0
