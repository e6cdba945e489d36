"""``gomend resilience``: what a circuit breaker's numbers do."""

from __future__ import annotations

import json

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.model.text import text

_CHECK = text(
    "resiliencecli.check", "Answer one question about a Resilience4j circuit breaker: thresholds, windows, waits, availability."
)
_CASE = text("resiliencecli.opt.case", 'JSON object with "kind" and "in".')
_FORMAT = text("resiliencecli.opt.format", "Form of the answer.")
_BAD = text("resiliencecli.bad", "{path}: {reason}")
_SHAPE = text("resiliencecli.shape", 'it is an object with "kind" (text) and "in" (an object)')


@click.group(name="resilience", cls=base.Group, invoke_without_command=True)
@options.lang
@click.pass_context
def command(ctx: click.Context) -> None:
    """See words.COMMANDS."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command(name="check", cls=base.Part, summary=_CHECK)
@option("--case", "path", required=True, metavar="FILE", help=_CASE)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=_FORMAT)
@options.lang
def _check(path: str, form: str) -> int:
    from gomend.apps.slo import reading
    from gomend.resilience import breaker

    case = reading.json_file(path)
    if not isinstance(case, dict) or not isinstance(case.get("kind"), str) or not isinstance(case.get("in"), dict):
        raise base.Problem(_BAD, path=path, reason=base.translator()(_SHAPE))
    try:
        found = breaker.answer(case["kind"], case["in"])
    except breaker.BadCase as error:
        raise base.Problem(_BAD, path=path, reason=str(error)) from None
    if form == "json":
        click.echo(json.dumps({"schema": "gomend.resilience/1", **found}))
    else:
        click.echo("\n".join(f"{name}: {', '.join(map(str, v)) if isinstance(v, list) else v}" for name, v in found.items()))
    return 0
