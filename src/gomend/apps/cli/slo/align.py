"""``gomend slo align``."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.cli.slo.gate import AT, CONFIG, FORMAT, PROMETHEUS
from gomend.model.text import text

SUMMARY = text("slocli.align", "Say where teams' definitions of one SLI differ, in words and on the same data.")
_NOTHING = text("slocli.align.nothing", "{path}: no SLI is defined by more than one team")


@click.command(name="align", cls=base.Part, summary=SUMMARY)
@option("--config", required=True, metavar="FILE", help=CONFIG)
@option("--prometheus", metavar="URL", help=PROMETHEUS)
@option("--at", metavar="TIME", help=AT)
@option("--format", "form", type=click.Choice(("text", "json", "md", "html")), default="text", help=FORMAT)
@options.lang
def command(config: str, prometheus: str | None, at: str | None, form: str) -> int:
    """See SUMMARY."""
    from gomend.apps.exits import Exit
    from gomend.apps.slo import aligning, alignshapes, gating

    made = gating.config(config)
    ask = gating.asker(made, config, prometheus, gating.moment("--at", at))
    wanted = aligning.definitions(made)
    if not wanted:
        raise base.Problem(_NOTHING, path=config)
    found = [aligning.align(one, ask) for one in wanted]
    say = base.translator()
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(alignshapes.shape(found, say)))
    else:
        made_by = {"text": alignshapes.told, "md": alignshapes.markdown, "html": alignshapes.page}[form]
        click.echo(made_by(found, say), nl=False)
    return Exit.FINDINGS if any(a.divergences for a in found) else Exit.CLEAN
