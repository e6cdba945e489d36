"""``gomend debug why``: why breakpoints do not bind."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import text

_WHY = text(
    "debugcli.why", "Say why breakpoints do not bind: the cause, what shows it, the smallest fix, and the proof in a real dlv."
)
_LAUNCH = text("debugcli.opt.launch", "A file with build commands, launch arguments and breakpoints (JSON).")
_DLV = text("debugcli.opt.dlv", "Try everything in a real dlv (default), or judge by reading alone.")
FORMAT = text("debugcli.opt.format", "How to answer: text or json.")


@click.command(name="why", cls=base.Part, summary=_WHY)
@option("--launch", required=True, metavar="FILE", help=_LAUNCH)
@option("--dlv/--no-dlv", "use_dlv", default=True, help=_DLV)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=FORMAT)
@options.lang
def command(launch: str, use_dlv: bool, form: str) -> int:
    """See _WHY."""
    from gomend.apps.debug import whying

    answer = whying.why(whying.load(launch), use_dlv=use_dlv)
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(answer))
    else:
        click.echo(whying.told(answer, base.translator()), nl=False)
    return Exit.CLEAN if all(b.bound and b.cause == "none" for b in answer.breakpoints) else Exit.FINDINGS
