"""``gomend slo emit``."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.cli.slo.gate import CONFIG, PROMETHEUS
from gomend.model.text import text

SUMMARY = text("slocli.emit", "Write the gate as a step of a CI or CD system.")
_SERVICE = text("slocli.opt.service", "Name of the deployment (Flagger).")
_NAMES = ("github", "gitlab", "jenkins", "argo-rollouts", "flagger", "tekton")
_WRONG = text("slocli.emit.wrong", "{option}: one line of printable characters, please")


@click.command(name="emit", cls=base.Part, summary=SUMMARY)
@click.argument("system", type=click.Choice(_NAMES))
@option("--config", default="slo.yaml", metavar="FILE", help=CONFIG)
@option("--prometheus", required=True, metavar="URL", help=PROMETHEUS)
@option("--service", default="my-service", metavar="NAME", help=_SERVICE)
@options.lang
def command(system: str, config: str, prometheus: str, service: str) -> int:
    """See SUMMARY."""
    import re

    from gomend.slo import snippets

    for name, value in (("--config", config), ("--prometheus", prometheus)):
        if not value.isprintable() or ": " in value or " #" in value or "@" in value:
            raise base.Problem(_WRONG, option=name)
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?", service):
        raise base.Problem(_WRONG, option="--service")
    click.echo(snippets.SYSTEMS[system](snippets.Wish(config=config, prometheus=prometheus, service=service)), nl=False)
    return 0
