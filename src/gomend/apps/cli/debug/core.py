"""``gomend debug core``: whose core dump it is, and what opens it."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.cli.debug.why import FORMAT
from gomend.model.text import text

_CORE = text("debugcli.core", "Say which program wrote a core dump, whether the one here is the same build, and what opens it.")


@click.command(name="core", cls=base.Part, summary=_CORE)
@click.argument("core", metavar="FILE")
@click.argument("binary", required=False, metavar="[BINARY]")
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=FORMAT)
@options.lang
def command(core: str, binary: str | None, form: str) -> int:
    """See _CORE."""
    from gomend.apps.debug import coring

    answer = coring.look(core, binary)
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(answer))
    else:
        click.echo(coring.told(answer, base.translator()), nl=False)
    return coring.exit_of(answer)
