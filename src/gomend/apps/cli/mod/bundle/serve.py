"""``gomend mod bundle serve``: a module proxy over a bundle, without unpacking it."""

from __future__ import annotations

import click

from gomend.apps import bundlewords as shown
from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.model.text import text

_SERVE = text("bundle.serve", "Serve bundles, or a folder they were imported into, as a module proxy; SIGTERM ends it.")
_LISTEN = text("bundle.opt.listen", "Where to listen (port 0: any free one).")
_ADDRESS = text("bundle.serve.address", "{value} is no HOST:PORT such as 127.0.0.1:8080.")
_TAKEN = text("bundle.serve.taken", "{value} cannot be listened on: {reason}")
_CHECK = text("bundle.serve.check", "{file} does not pass gomend mod bundle verify; it is not served.")


@click.command(name="serve", cls=base.Part, summary=_SERVE)
@click.argument("sources", nargs=-1, required=True, metavar="FILE|DIR...")
@option("--listen", default="127.0.0.1:0", metavar="HOST:PORT", help=_LISTEN)
@option("--quiet", is_flag=True, help=shown.QUIET)
@options.lang
def command(sources: tuple[str, ...], listen: str, quiet: bool) -> int:
    """See _SERVE."""
    import os

    from gomend.apps.bundling import opened, verdict
    from gomend.modules.bundle.manifest import BundleError
    from gomend.modules.bundle.serve import Bundles, Folder

    host, _, port = listen.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise base.Problem(_ADDRESS, value=listen)
    if len(sources) == 1 and os.path.isdir(sources[0]):
        return _serve(host.strip("[]"), int(port), Folder(sources[0]))
    try:
        with opened(sources) as bundles:
            for bundle in bundles:
                with shown.progress(quiet=quiet) as progress:
                    if verdict(bundle, (), progress).bad:
                        raise base.Problem(_CHECK, file=bundle.path)
            return _serve(host.strip("[]"), int(port), Bundles(bundles))
    except BundleError as error:
        raise base.Problem(base.translator()(error.said)) from None


def _serve(host: str, port: int, store: object) -> int:
    import signal
    import sys
    import threading
    from typing import cast

    from gomend.modules.bundle.serve import Server, Store

    try:
        server = Server((host, port), cast("Store", store))
    except (OSError, OverflowError) as error:
        raise base.Problem(_TAKEN, value=f"{host}:{port}", reason=getattr(error, "strerror", None) or str(error)) from None

    def end(*_: object) -> None:
        # shutdown() waits for the loop that this very thread runs.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    shown_host = f"[{host}]" if ":" in host else host
    sys.stderr.write(f"listening on http://{shown_host}:{server.server_address[1]}\n")
    sys.stderr.flush()
    with server:
        server.serve_forever(poll_interval=0.1)
    return 0
