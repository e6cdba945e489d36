"""``gomend explain CODE``."""

from __future__ import annotations

import sys

import click

from gomend.apps.cli import base, options, words
from gomend.apps.cli.base import Command, option
from gomend.model.rule import Rule
from gomend.model.text import text


@click.command(name="explain", cls=Command)
@click.argument("codes", nargs=-1, required=True, metavar="CODE…")
@option(
    "--format",
    type=click.Choice(("text", "markdown")),
    default="text",
    help=text("cli.opt.explain-format", "Text or Markdown."),
)
@options.lang
def command(codes: tuple[str, ...], format: str) -> int:
    """See words.COMMANDS."""
    from gomend.apps import registry

    say = base.translator()
    for code in codes:
        try:
            rules = registry.select([code.upper() if code.lower().startswith("gm") else code])
        except registry.UnknownRule as unknown:
            hint = " " + say(words.DID_YOU_MEAN, names=", ".join(unknown.names)) if unknown.names else ""
            raise base.Problem(say(words.UNKNOWN_RULE, name=code) + hint) from None
        for rule in rules:
            if format == "markdown":
                click.echo(page(rule))
            else:
                _show(rule)
    return 0


def page(rule: Rule) -> str:
    """The rule's page as Markdown."""
    say = base.translator()
    out = [f"# {rule.code} {rule.slug}", "", say(rule.headline), "", f"`{rule.severity}` · `{rule.area}` · {rule.since}", ""]
    for heading, body in rule.sections.items():
        out += [f"## {say(words.HEADING[heading])}", "", _prose(say(body)), ""]
    if rule.explains:
        out += [say(words.EXPLAINS, codes=", ".join(rule.explains)), ""]
    return "\n".join(out)


def _prose(text: str) -> str:
    """Double backticks of docstrings, as Markdown and terminals show code."""
    return text.replace("``", "`")


def _show(rule: Rule) -> None:
    say = base.translator()
    if not base.is_terminal(sys.stdout):
        click.echo(f"{rule.code} {rule.slug} ({rule.severity})\n{say(rule.headline)}\n")
        for heading, body in rule.sections.items():
            click.echo(f"{say(words.HEADING[heading])}\n  {_prose(say(body))}\n")
        return
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False)
    console.print(Text.assemble((f"{rule.code} {rule.slug}", "bold"), (f"  {rule.severity}", "dim")))
    console.print(Text(say(rule.headline)), "")
    for heading, body in rule.sections.items():
        console.print(Text(say(words.HEADING[heading]), style="bold cyan"))
        console.print(Padding(Text(_prose(say(body))), (0, 0, 1, 2)))
    if rule.explains:
        console.print(Text(say(words.EXPLAINS, codes=", ".join(rule.explains)), style="dim"))
