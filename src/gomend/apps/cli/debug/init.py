"""``gomend debug init``: run configurations for a project."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.cli.debug.why import FORMAT
from gomend.apps.exits import Exit
from gomend.model.text import text

_INIT = text(
    "debugcli.init",
    "Write run configurations for VS Code, GoLand, Neovim, Zed, Emacs and dev containers, and hit a breakpoint with each.",
)
_FOR = text("debugcli.opt.for", "Only for this editor; may be repeated.")
_YES = text("debugcli.opt.yes", "Write the files (else: show what would be written).")
_PROVE = text(
    "debugcli.opt.prove",
    "After writing, start every program and test in dlv and hit a breakpoint at its first statement (default), or not.",
)
_EDITORS = ("vscode", "goland", "neovim", "zed", "emacs", "devcontainer")


@click.command(name="init", cls=base.Part, summary=_INIT)
@click.argument("directory", default=".", metavar="[DIR]")
@option("--for", "editors", multiple=True, type=click.Choice(_EDITORS), help=_FOR)
@option("--yes", is_flag=True, help=_YES)
@option("--prove/--no-prove", default=True, help=_PROVE)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=FORMAT)
@options.lang
def command(directory: str, editors: tuple[str, ...], yes: bool, prove: bool, form: str) -> int:
    """See _INIT."""
    from gomend.apps.debug import setup

    answer, preview = setup.init(directory, editors or _EDITORS, yes=yes, prove=prove)
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(answer))
    else:
        click.echo(setup.told(answer, "" if yes else preview, base.translator()), nl=False)
    return Exit.CLEAN if all(p.hit for p in answer.proofs) else Exit.FINDINGS
