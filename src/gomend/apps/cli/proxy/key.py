"""``gomend proxy key``: a key for a checksum database of one's own."""

from __future__ import annotations

import os

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.model.text import text

_KEY = text("proxy.key", "Make a key that signs a checksum database of your own; prints what clients set GOSUMDB to.")
_OUTPUT = text("proxy.opt.key-output", 'The file for the secret half, for sign = ["FILE"]; it is never written over.')
_BAD = text("proxy.key-bad", "{path}: {reason}")


@click.command(name="key", cls=base.Part, summary=_KEY)
@click.argument("name", metavar="NAME")
@option("-o", "--output", required=True, metavar="FILE", help=_OUTPUT)
@options.lang
def command(name: str, output: str) -> int:
    """See _KEY."""
    from gomend.golang import signing, sumdb

    try:
        made = signing.new(name)
        handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except sumdb.SumDBError as error:
        raise base.Problem(_BAD, path="NAME", reason=str(error)) from None
    except OSError as error:
        raise base.Problem(_BAD, path=output, reason=error.strerror or str(error)) from None
    with os.fdopen(handle, "w") as file:
        file.write(made.secret + "\n")
        file.flush()
        os.fsync(file.fileno())
    click.echo(made.public)
    return 0
