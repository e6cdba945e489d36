"""``gomend slo export``."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.cli.slo.gate import CONFIG
from gomend.model.text import text

SUMMARY = text("slocli.export", "Write objectives of any known form as OpenSLO v1.")
_TO = text("slocli.opt.to", "Form to write.")


@click.command(name="export", cls=base.Part, summary=SUMMARY)
@option("--config", required=True, metavar="FILE", help=CONFIG)
@option("--to", type=click.Choice(("openslo",)), default="openslo", help=_TO)
@options.lang
def command(config: str, to: str) -> int:
    """See SUMMARY."""
    from gomend.apps.slo import gating
    from gomend.slo.foreign import writing

    made = gating.config(config)
    for line in made.notes:
        base.note(base.translator()(line))
    click.echo(writing.openslo(made), nl=False)
    return 0
