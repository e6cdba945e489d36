"""``gomend proxy emit``: files that run and watch a server elsewhere."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.model.text import text

_EMIT = text(
    "proxy.emit",
    "Print a systemd unit, Kubernetes manifests, a recipe for an image, or a Grafana dashboard that fit a server's file.",
)
_CONFIG = text("proxy.opt.emit-config", "The server's file.")
_OUTPUT = text("proxy.opt.emit-output", "Write to this file instead; it is never written over.")
_BAD = text("proxy.emit.bad", "{path} cannot be written: {reason}")
_KINDS = ("systemd", "kubernetes", "oci", "grafana")


@click.command(name="emit", cls=base.Part, summary=_EMIT)
@click.argument("kind", type=click.Choice(_KINDS), metavar="|".join(_KINDS))
@option("--config", metavar="FILE", required=True, help=_CONFIG)
@option("-o", "--output", metavar="FILE", help=_OUTPUT)
@options.lang
def command(kind: str, config: str, output: str | None) -> int:
    """See _EMIT."""
    import os
    import shutil
    import sys

    from gomend.apps.proxy import emitting
    from gomend.apps.proxy.setup import SetupError, from_file

    try:
        setup = from_file(config)
    except SetupError as error:
        raise base.Problem(base.translator()(error.said)) from None
    program = shutil.which("gomend") or os.path.join(os.path.dirname(sys.executable), "gomend")
    made = emitting.KINDS[kind](setup, program, os.path.realpath(config))
    if output is None:
        click.echo(made, nl=False)
        return 0
    try:
        with open(output, "x", encoding="utf-8") as file:
            file.write(made)
    except OSError as error:
        raise base.Problem(_BAD, path=output, reason=error.strerror or str(error)) from None
    return 0
