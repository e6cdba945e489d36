"""``gomend slo rules``."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.cli.slo.gate import CONFIG
from gomend.model.text import text

SUMMARY = text(
    "slocli.rules", "Write Prometheus rules for the objectives: burn rates over several windows, silence, too few events."
)
_LEFT = text(
    "slocli.rules.left",
    "no rules for {names}: they are no share of events in Prometheus, or their queries fix the window (write [$window])",
)
_NONE = text("slocli.rules.none", "{path}: no objective can have rules")


@click.command(name="rules", cls=base.Part, summary=SUMMARY)
@option("--config", required=True, metavar="FILE", help=CONFIG)
@options.lang
def command(config: str) -> int:
    """See SUMMARY."""
    from gomend.apps.slo import gating
    from gomend.slo import alerts

    made, left = alerts.rules(gating.config(config).objectives)
    if left:
        base.note(base.translator()(_LEFT, names=", ".join(left)))
    if not made["groups"]:
        raise base.Problem(_NONE, path=config)
    click.echo(alerts.written(made), nl=False)
    return 0
