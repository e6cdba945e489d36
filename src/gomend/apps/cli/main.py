"""The table of commands and the one entry point."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

import click

from gomend import __version__
from gomend.apps.cli import base, words
from gomend.apps.exits import Exit
from gomend.model.text import text

MODULES: Final = {
    name: f"gomend.apps.cli.{module}"
    for name, module in {
        "check": "check",
        "why": "why",
        "run": "run",
        "explain": "explain",
        "plan": "plan",
        "apply": "apply",
        "undo": "undo",
        "recover": "recover",
        "lab": "lab",
        "binary": "binary",
        "mod": "mod",
        "cgo": "cgo",
        "debug": "debug",
        "proxy": "proxy",
        "slo": "slo",
        "resilience": "resilience",
        "incidents": "incidents",
        "facts": "facts",
        "rules": "rules",
        "report": "report",
        "schema": "schema",
        "completion": "completion",
    }.items()
}
"""Module of each command; imported when the command is used."""


def _version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"gomend {__version__}")
        ctx.exit()


@click.group(
    name="gomend", cls=base.Table, modules=MODULES, invoke_without_command=True, context_settings={"max_content_width": 110}
)
@base.option("--lang", metavar="LANG", help=text("cli.lang", "Speak en or zh-CN."), expose_value=False)
@base.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help=words.VERSION_OPTION)
@click.pass_context
def gomend(ctx: click.Context) -> None:
    """See words.ABOUT."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def run(arguments: Sequence[str]) -> int:
    """Run one command line; answers the exit code and never raises."""
    asked = base.asked_language(arguments)
    base.speak(asked)
    try:
        result = gomend.main(list(arguments), prog_name="gomend", complete_var="_GOMEND_COMPLETE", standalone_mode=False)
    except click.exceptions.Abort:
        base.note(base.translator()(words.INTERRUPTED))
        return Exit.INTERRUPTED
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as problem:
        base.note(problem.format_message())
        return Exit.USAGE
    except KeyboardInterrupt:
        base.note(base.translator()(words.INTERRUPTED))
        return Exit.INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return Exit.CLEAN
    except Exception as error:  # noqa: BLE001 - the last line of defence: people never see a traceback
        from gomend.apps.crash import write_report

        path = write_report(error, arguments)
        base.note(base.translator()(words.CRASH, error=type(error).__name__, path=path))
        return Exit.CRASH
    return result if isinstance(result, int) else Exit.CLEAN


def _drop_output() -> None:
    """The reader of our output is gone: do not complain about it at exit either."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def entry() -> None:
    """The ``gomend`` command."""
    sys.exit(run(sys.argv[1:]))
