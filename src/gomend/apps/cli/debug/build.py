"""``gomend debug build``: a build for the debugger."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.cli.debug.why import FORMAT
from gomend.apps.exits import Exit
from gomend.model.text import text

_BUILD = text("debugcli.build", "Build a package for debugging, check what came out, and show the command.")
_OUTPUT = text("debugcli.opt.output", "Where the program goes.")
_TAGS = text("debugcli.opt.tags", "Build tags, as for go build.")
_SPLIT = text("debugcli.opt.split", "Put the debug information into FILE.debug, to ship a small program and still debug it.")
_DRY = text("debugcli.opt.dry-run", "Show the commands and do nothing.")


@click.command(name="build", cls=base.Part, summary=_BUILD)
@click.argument("package", default=".", metavar="[PACKAGE]")
@option("-o", "--output", required=True, metavar="FILE", help=_OUTPUT)
@option("--tags", default="", metavar="TAGS", help=_TAGS)
@option("--split", is_flag=True, help=_SPLIT)
@option("--dry-run", is_flag=True, help=_DRY)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=FORMAT)
@options.lang
def command(package: str, output: str, tags: str, split: bool, dry_run: bool, form: str) -> int:
    """See _BUILD."""
    from gomend.apps.debug import building

    flags = (f"-tags={tags}",) if tags else ()
    answer = building.build(package, output, flags, split=split, dry_run=dry_run)
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(answer))
    else:
        click.echo(building.told(answer, base.translator()), nl=False)
    return Exit.CLEAN
