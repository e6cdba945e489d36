"""``gomend debug map``: path rules inferred from a binary."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.cli.debug.why import FORMAT
from gomend.apps.exits import Exit
from gomend.model.text import text

_MAP = text(
    "debugcli.map", "Find the path rules between the sources here and a binary, for every editor and the dlv command line."
)
_SOURCE = text("debugcli.opt.source", "A folder with sources of the binary (default: this folder); may be repeated.")


@click.command(name="map", cls=base.Part, summary=_MAP)
@click.argument("binary", metavar="BINARY")
@option("--source", "sources", multiple=True, metavar="DIR", help=_SOURCE)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=FORMAT)
@options.lang
def command(binary: str, sources: tuple[str, ...], form: str) -> int:
    """See _MAP."""
    from gomend.apps.debug import mapping

    answer = mapping.infer(binary, sources)
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(answer))
    else:
        click.echo(mapping.told(answer, base.translator()), nl=False)
    return Exit.CLEAN
