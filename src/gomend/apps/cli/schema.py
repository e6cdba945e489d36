"""``gomend schema NAME``."""

from __future__ import annotations

from typing import Any, Final

import click

from gomend.apps.cli import base, options, words
from gomend.apps.cli.base import Command

NAMES: Final = ("gomend.findings/1", "gomend.stream/1", "gomend.toml")
"""Schemas that can be printed; the part after the slash may be left out."""


@click.command(name="schema", cls=Command)
@click.argument("name", required=False, metavar="[NAME]")
@options.lang
def command(name: str | None) -> int:
    """See words.COMMANDS."""
    if name is None:
        click.echo("\n".join(NAMES))
        return 0
    full = next((n for n in NAMES if name in {n, n.split("/")[0], n.removeprefix("gomend.").split("/")[0]}), None)
    if full is None:
        raise base.Problem(words.UNKNOWN_SCHEMA, name=name, names=", ".join(NAMES))
    import json

    click.echo(json.dumps(schema(full), indent=1, ensure_ascii=False, sort_keys=True))
    return 0


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema called ``name``, generated from the types that are written."""
    from gomend.outputs.shapes import FindingsShape, json_schema

    if name == "gomend.findings/1":
        return json_schema(FindingsShape)
    if name == "gomend.stream/1":
        from gomend.model.message import Message

        return json_schema(Message)  # type: ignore[arg-type]
    from gomend.apps.config import Settings

    return json_schema(Settings)
