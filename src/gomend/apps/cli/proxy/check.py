"""``gomend proxy check-config``: whether a server could start with a file."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.model.text import text

_CHECK = text("proxy.check", "Read a server's file and say what is wrong with it, without starting anything.")
_FINE = text("proxy.check.fine", "{file}: a server can start with it. Upstreams: {upstreams}. Checksum database: {sumdb}.")


@click.command(name="check-config", cls=base.Part, summary=_CHECK)
@click.argument("file", metavar="FILE")
@options.lang
def command(file: str) -> int:
    """See _CHECK."""
    from gomend.apps.proxy.setup import SetupError, combined
    from gomend.model.redact import redact

    say = base.translator()
    try:
        setup = combined(file, {}, None)
    except SetupError as error:
        raise base.Problem(say(error.said)) from None
    name = setup.sumdb.name.partition("+")[0]
    click.echo(say(_FINE, file=file, upstreams=redact(" ".join(setup.upstreams)), sumdb=name))
    return 0
