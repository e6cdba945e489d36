"""``gomend slo init``."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.cli.slo.gate import AT, PROMETHEUS
from gomend.model.text import text

SUMMARY = text("slocli.init", "Suggest a first slo.yaml from the request counters and histograms that a Prometheus has.")
_OUTPUT = text("slocli.opt.init-output", "Write it to this file, which must not exist yet (default: standard output).")
_EXISTS = text("slocli.init.exists", "{path} exists; it is left as it is")
_NOTHING = text(
    "slocli.init.nothing",
    "the server has no request counters with statuses and no histograms of durations with events in a week",
)
_PROBLEM = text("slocli.init.problem", "--prometheus: {reason}")
_UNWRITTEN = text("slocli.init.unwritten", "{path} cannot be written: {reason}")


@click.command(name="init", cls=base.Part, summary=SUMMARY)
@option("--prometheus", required=True, metavar="URL", help=PROMETHEUS)
@option("-o", "--output", metavar="FILE", help=_OUTPUT)
@option("--at", metavar="TIME", help=AT)
@options.lang
def command(prometheus: str, output: str | None, at: str | None) -> int:
    """See SUMMARY."""
    import os

    from gomend.apps.exits import Exit
    from gomend.apps.slo import gating
    from gomend.ports.files import write_whole
    from gomend.ports.wire import Wire
    from gomend.slo import suggesting
    from gomend.slo.sources.prometheus import BadAnswer, Prometheus

    if output is not None and os.path.lexists(output):
        raise base.Problem(_EXISTS, path=output)
    moment = gating.moment("--at", at)
    try:
        server = Prometheus(wire=Wire(prometheus))
        found = suggesting.suggest(server, int(moment if moment is not None else server.now()))
    except (BadAnswer, ValueError) as error:
        raise base.Problem(_PROBLEM, reason=str(error)) from None
    if not found:
        base.note(base.translator()(_NOTHING))
        return Exit.UNDETERMINED
    made = suggesting.written(found)
    if output is None:
        click.echo(made, nl=False)
        return Exit.CLEAN
    try:
        write_whole(output, made.encode())
    except OSError as error:
        raise base.Problem(_UNWRITTEN, path=output, reason=error.strerror or str(error)) from None
    return Exit.CLEAN
