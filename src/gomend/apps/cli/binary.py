"""``gomend binary``: what a binary is, and where it runs."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.model.text import text

_INSPECT = text("cli.binary.inspect", "Say what binaries are made of and where they start, without running them.")
_ON = text("cli.opt.binary-on", "A system to judge for, such as debian:12 or alpine:3.20; may be repeated.")
_FORMAT = text("cli.opt.binary-format", "How to answer: text or json.")


@click.group(name="binary", cls=base.Group, invoke_without_command=True)
@options.lang
@click.pass_context
def command(ctx: click.Context) -> None:
    """See words.COMMANDS."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command(name="inspect", cls=base.Part, summary=_INSPECT)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@option("--on", multiple=True, metavar="SYSTEM", help=_ON)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=_FORMAT)
@options.lang
def _inspect(files: tuple[str, ...], on: tuple[str, ...], form: str) -> int:
    from gomend.apps import inspecting

    say = base.translator()
    found = inspecting.inspect(files, on, say)
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(found))
    else:
        click.echo("\n".join(inspecting.shown(file, say) for file in found.files), nl=False)
    return 0
