"""``gomend proxy fsck``: read every file of a store and say what is not right."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.answering import form, write
from gomend.apps.cli.base import option
from gomend.model.text import text

_FSCK = text("proxy.fsck", "Read every file of a store and compare it with its name, its hash and the server's own record.")
_STORE = text("proxy.opt.fsck-store", "The store (default: that of the file).")
_CONFIG = text("proxy.opt.fsck-config", "A server's file; the bucket or folder that its [behind] names is read as well.")
_NO_STORE = text("proxy.fsck.no-store", "Say which store: --store, or a server's file that names one (--config).")
_NONE = text("proxy.fsck.none", "There is no store {value}: {reason}")
_CLEAN = text("proxy.fsck.clean", "{count} files, all as they should be.")
_BAD = text(
    "proxy.fsck.bad", "{bad} of {count} files are not right. Remove them: the server fetches them again and checks them."
)


@click.command(name="fsck", cls=base.Part, summary=_FSCK)
@option("--store", metavar="DIR", help=_STORE)
@option("--config", metavar="FILE", help=_CONFIG)
@form
@options.lang
def command(store: str | None, config: str | None, form: str) -> int:
    """See _FSCK."""
    import os
    import tempfile

    from gomend.apps.proxy.fscking import fsck, fsck_behind, together
    from gomend.apps.proxy.setup import SetupError, from_file
    from gomend.proxy.behind import Behind
    from gomend.proxy.settings import Setup

    say = base.translator()
    try:
        setup = from_file(config) if config is not None else Setup()
    except SetupError as error:
        raise base.Problem(say(error.said)) from None
    store, shared = store or setup.store, setup.behind.url
    if not (shared or (store and store != "memory")):
        raise base.Problem(_NO_STORE)
    parts = []
    at = store
    try:
        if store and store != "memory":
            parts.append(fsck(os.path.realpath(store), say))
        if shared:
            at = shared
            with tempfile.TemporaryDirectory() as scratch:
                parts.append(fsck_behind(Behind(setup.behind), scratch, say))
    except (OSError, ValueError) as error:
        raise base.Problem(_NONE, value=at, reason=getattr(error, "strerror", None) or str(error)) from None
    answer = together(parts)
    lines = [f"{bad.path}\n  {bad.reason}" for bad in answer.bad]
    lines.append(say(_BAD, bad=len(answer.bad), count=answer.checked) if answer.bad else say(_CLEAN, count=answer.checked))
    write(answer, form, "\n".join(lines) + "\n")
    return 1 if answer.bad else 0
