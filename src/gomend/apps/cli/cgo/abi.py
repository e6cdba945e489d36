"""``gomend cgo abi``: what CGO_ENABLED changes in one program."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.cli.cgo.needs import DIRECTORY, FORMAT
from gomend.model.text import text

_ABI = text(
    "cgocli.abi",
    "Build one program with cgo and without, and compare: libraries, loader, size, start-up, name lookups, cost of a call.",
)


@click.command(name="abi", cls=base.Part, summary=_ABI)
@click.argument("package", default=".", metavar="[PACKAGE]")
@option("-C", "--directory", default=".", metavar="DIR", help=DIRECTORY)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=FORMAT)
@options.lang
def command(package: str, directory: str, form: str) -> int:
    """See _ABI."""
    from gomend.apps.cgo import comparing

    found = comparing.compare(directory, package)
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(found))
    else:
        click.echo("\n".join(comparing.told(found, base.translator())))
    return comparing.exit_code(found)
