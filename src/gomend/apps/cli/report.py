"""``gomend report --from run.jsonl``."""

from __future__ import annotations

import sys
from typing import Any

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import Command, option
from gomend.model.text import text


@click.command(name="report", cls=Command)
@option(
    "--from",
    "source",
    required=True,
    metavar="FILE",
    help=text("cli.opt.from", "A run saved with --save; - reads standard input."),
)
@options.answers
def command(source: str, **given: Any) -> int:
    """See words.COMMANDS."""
    from gomend.apps import registry
    from gomend.apps.session import Options, write_run
    from gomend.outputs.run import BadStream, load

    try:
        if source == "-":
            run = load(sys.stdin, "standard input")
        else:
            with open(source, encoding="utf-8") as lines:
                run = load(lines, source)
    except BadStream as error:
        raise base.Problem(str(error)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise base.Problem(f"{source}: {getattr(error, 'strerror', None) or 'not UTF-8 text'}") from None
    known = registry.rule_files()
    rules = [registry.load(code) for code in run.config.selected if code in known]
    write_run(run, Options(**given), rules)
    return 0
