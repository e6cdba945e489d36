"""``gomend binary diff``."""

from __future__ import annotations

import click

from gomend.apps.cli import answering, base, options
from gomend.model.text import text

_DIFF = text("binary.cmd.diff", "Say what changed between two binaries: libraries, glibc floor, Go settings, modules, sizes.")


@click.command(name="diff", cls=base.Part, summary=_DIFF)
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="AFTER")
@answering.form
@options.lang
def command(before: str, after: str, form: str) -> int:
    """See _DIFF."""
    from gomend.apps.binaries import comparing

    found = comparing.diff(before, after)
    answering.write(found, form, comparing.shown(found, base.translator()))
    return 0
