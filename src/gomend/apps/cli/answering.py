"""What the commands share: options, and how an answer is written."""

from __future__ import annotations

from typing import Any

import click

from gomend.apps.cli.base import option
from gomend.model.text import text

_FORMAT = text("cli.opt.binary-format", "How to answer: text or json.")
ON = text("cli.opt.binary-on", "A system to judge for, such as debian:12 or alpine:3.20; may be repeated.")
ROOT = text("binary.opt.root", "Look for loader and libraries below this folder, as if it were the root.")
form = option("--format", "form", type=click.Choice(("text", "json")), default="text", help=_FORMAT)


def write(answer: Any, form: str, shown: str) -> None:
    """The answer alone, on standard output."""
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(answer))
    else:
        click.echo(shown, nl=False)
