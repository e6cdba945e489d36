"""``gomend binary inspect``."""

from __future__ import annotations

import click

from gomend.apps.cli import answering, base, options
from gomend.apps.cli.base import option
from gomend.model.text import text

_INSPECT = text("cli.binary.inspect", "Say what binaries are made of and where they start, without running them.")


@click.command(name="inspect", cls=base.Part, summary=_INSPECT)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@option("--on", multiple=True, metavar="SYSTEM", help=answering.ON)
@option("--root", metavar="DIR", type=click.Path(exists=True, file_okay=False), help=answering.ROOT)
@answering.form
@options.lang
def command(files: tuple[str, ...], on: tuple[str, ...], root: str | None, form: str) -> int:
    """See _INSPECT."""
    from gomend.apps.binaries import inspecting

    say = base.translator()
    found = inspecting.inspect(files, on, root, say)
    text_ = "\n".join(inspecting.shown(file, say) for file in found.files) if form == "text" else ""
    answering.write(found, form, text_)
    return 0
