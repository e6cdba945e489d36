"""``gomend slo``: objectives, and releases held against them."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.cli.slo import align, emit, export, gate, init, rules
from gomend.model.text import text

_JUDGE = text("slocli.judge", "Hold a series of periods against a policy: pass, block, unknown or insufficient.")
_POLICY = text("slocli.opt.policy", "JSON object: objective, and perhaps mode, margin, better, need, missing, min_events …")
_SERIES = text("slocli.opt.series", 'JSON list of periods, oldest first: {"v": 0.99, "n": 120}; v null for no value.')
_FORMAT = text("slocli.opt.format", "Form of the answer.")


@click.group(name="slo", cls=base.Group, invoke_without_command=True)
@options.lang
@click.pass_context
def command(ctx: click.Context) -> None:
    """See words.COMMANDS."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command(name="judge", cls=base.Part, summary=_JUDGE)
@option("--policy", required=True, metavar="FILE", help=_POLICY)
@option("--series", required=True, metavar="FILE", help=_SERIES)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=_FORMAT)
@options.lang
def _judge(policy: str, series: str, form: str) -> int:
    from gomend.apps.slo import judging

    read, found = judging.judge(policy, series)
    say = base.translator()
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(judging.shape(read, found, say)))
    else:
        click.echo(judging.told(read, found, say), nl=False)
    return judging.EXITS[found.verdict]


command.add_command(align.command)
command.add_command(gate.command)
command.add_command(emit.command)
command.add_command(export.command)
command.add_command(init.command)
command.add_command(rules.command)
