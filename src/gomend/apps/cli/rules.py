"""``gomend rules``."""

from __future__ import annotations

import sys
from typing import Any

import click

from gomend.apps.cli import base, options, words
from gomend.apps.cli.base import Command, option
from gomend.model.text import text


@click.command(name="rules", cls=Command)
@option(
    "--format",
    type=click.Choice(("text", "json", "markdown")),
    default="text",
    help=text("cli.opt.rules-format", "A table, JSON, or a Markdown table."),
)
@option("--select", metavar="RULE", multiple=True, callback=options.words_of, help=text("cli.opt.rules-select", "Only these."))
@options.lang
def command(format: str, select: tuple[str, ...]) -> int:
    """See words.COMMANDS."""
    from gomend.apps import registry

    say = base.translator()
    try:
        rules = registry.select(select)
    except registry.UnknownRule as unknown:
        raise base.Problem(words.UNKNOWN_RULE, name=unknown.selector) from None
    rows = [
        {
            "code": rule.code,
            "slug": rule.slug,
            "area": str(rule.area),
            "severity": str(rule.severity),
            "since": rule.since,
            "status": rule.status,
            "cost": rule.cost.name.lower(),
            "fixes": [
                {"id": fix.id, "title": say.words(fix.title.id, fix.title.english), "safety": str(fix.safety)}
                for fix in rule.fixes
            ],
            "explains": list(rule.explains),
            "headline": say(rule.headline),
            "needs": sorted(need.fact.__name__ for need in rule.needs),
        }
        for rule in rules
    ]
    _print(rows, format)
    return 0


def _print(rows: list[dict[str, Any]], format: str) -> None:
    say = base.translator()
    if format == "json":
        import msgspec

        raw = msgspec.json.encode({"schema": "gomend.rules/1", "rules": rows}, order="deterministic")
        click.echo(msgspec.json.format(raw, indent=1).decode())
        return
    titles = [
        say(t) for t in (words.COLUMN_CODE, words.COLUMN_SLUG, words.COLUMN_SEVERITY, words.COLUMN_FIX, words.COLUMN_WHAT)
    ]
    from gomend.outputs.words import SAFETY

    names = {str(safety): say(name) for safety, name in SAFETY.items()}
    lines = [
        [r["code"], r["slug"], r["severity"], names[r["fixes"][0]["safety"]] if r["fixes"] else "", r["headline"]] for r in rows
    ]
    if format == "markdown":
        click.echo("| " + " | ".join(titles) + " |\n|" + "---|" * len(titles))
        for line in lines:
            click.echo("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |")
        return
    table(titles, lines)


def table(titles: list[str], lines: list[list[str]]) -> None:
    """Print a table: rich on a terminal, tab-separated elsewhere."""
    if base.is_terminal(sys.stdout):
        from rich.console import Console
        from rich.table import Table

        shown = Table(box=None, pad_edge=False, header_style="bold")
        for i, title in enumerate(titles):
            shown.add_column(title, no_wrap=i < len(titles) - 1, overflow="fold")
        for line in lines:
            shown.add_row(*line)
        Console().print(shown)
        return
    for line in lines:
        click.echo("\t".join(line))
