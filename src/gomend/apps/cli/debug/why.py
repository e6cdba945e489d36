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
_CONFIG = text("debugcli.opt.config", "A run configuration: launch.json or GoLand's XML, with :NAME if it has several.")
_BREAK = text("debugcli.opt.break", "A breakpoint, with --config; may be repeated.")
_DLV = text("debugcli.opt.dlv", "Try everything in a real dlv (default), or judge by reading alone.")
_RUN = text("debugcli.opt.run", "Also let the program run, at most ten seconds, and see whether it stops at the breakpoint.")
FORMAT = text("debugcli.opt.format", "How to answer: text or json.")
_EITHER = text("debugcli.either", "give --launch FILE, or --config FILE[:NAME] and --break FILE:LINE")


@click.command(name="why", cls=base.Part, summary=_WHY)
@option("--launch", metavar="FILE", help=_LAUNCH)
@option("--config", metavar="FILE[:NAME]", help=_CONFIG)
@option("--break", "breaks", multiple=True, metavar="FILE:LINE", help=_BREAK)
@option("--dlv/--no-dlv", "use_dlv", default=True, help=_DLV)
@option("--run", is_flag=True, help=_RUN)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=FORMAT)
@options.lang
def command(launch: str | None, config: str | None, breaks: tuple[str, ...], use_dlv: bool, run: bool, form: str) -> int:
    """See _WHY."""
    from gomend.apps.debug import asked, whying

    if (launch is None) == (config is None) or bool(config) != bool(breaks):
        raise base.Problem(_EITHER)
    ask = whying.load(launch) if launch else asked.configured(config or "", breaks)
    answer = whying.why(ask, use_dlv=use_dlv, run=run)
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(answer))
    else:
        click.echo(whying.told(answer, base.translator()), nl=False)
    return Exit.CLEAN if all(b.bound and b.cause == "none" for b in answer.breakpoints) else Exit.FINDINGS
