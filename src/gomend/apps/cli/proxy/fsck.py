"""``gomend proxy fsck``: read every file of a store and say what is not right."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.answering import form, write
from gomend.apps.cli.base import option
from gomend.model.text import text

_FSCK = text("proxy.fsck", "Read every file of a store and compare it with its name, its hash and the server's own record.")
_STORE = text("proxy.opt.fsck-store", "The store.")
_NONE = text("proxy.fsck.none", "There is no store {value}: {reason}")
_CLEAN = text("proxy.fsck.clean", "{count} files, all as they should be.")
_BAD = text(
    "proxy.fsck.bad", "{bad} of {count} files are not right. Remove them: the server fetches them again and checks them."
)


@click.command(name="fsck", cls=base.Part, summary=_FSCK)
@option("--store", metavar="DIR", required=True, help=_STORE)
@form
@options.lang
def command(store: str, form: str) -> int:
    """See _FSCK."""
    import os

    from gomend.apps.proxy.fscking import fsck

    say = base.translator()
    try:
        answer = fsck(os.path.realpath(store), say)
    except OSError as error:
        raise base.Problem(_NONE, value=store, reason=error.strerror or str(error)) from None
    lines = [f"{bad.path}\n  {bad.reason}" for bad in answer.bad]
    lines.append(say(_BAD, bad=len(answer.bad), count=answer.checked) if answer.bad else say(_CLEAN, count=answer.checked))
    write(answer, form, "\n".join(lines) + "\n")
    return 1 if answer.bad else 0
