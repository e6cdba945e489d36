"""``gomend binary why``."""

from __future__ import annotations

import click

from gomend.apps.cli import answering, base, options
from gomend.apps.cli.base import option
from gomend.model.text import text

_WHY = text("binary.cmd.why", "Say why a file does not start here, in a root or on a system, and what to do.")
_RUN = text("binary.opt.run", "Really start the program too, without arguments, for 10 seconds at most.")
_LIBRARIES = text("binary.opt.library-path", "LD_LIBRARY_PATH as it would be set.")


@click.command(name="why", cls=base.Part, summary=_WHY)
@click.argument("file", metavar="FILE")
@option("--root", default="/", metavar="DIR", type=click.Path(exists=True, file_okay=False), help=answering.ROOT)
@option("--on", multiple=True, metavar="SYSTEM", help=answering.ON)
@option("--library-path", default="", metavar="DIRS", help=_LIBRARIES)
@option("--run", is_flag=True, help=_RUN)
@answering.form
@options.lang
def command(file: str, root: str, on: tuple[str, ...], library_path: str, run: bool, form: str) -> int:
    """See _WHY."""
    from gomend.apps.binaries import why

    say = base.translator()
    found = why.why(file, root, on, library_path, run=run, say_=say)
    answering.write(found, form, why.shown(found, say))
    return found.code
