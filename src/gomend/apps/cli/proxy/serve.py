"""``gomend proxy serve``: a module proxy that stays up and proves what it serves."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.model.text import text

_SERVE = text(
    "proxy.serve", "Serve modules to a team: from its own store, else from upstreams, checked; SIGTERM drains and ends it."
)
_LISTEN = text("proxy.opt.listen", "Where to listen (default 127.0.0.1:8080; port 0: any free one).")
_STORE = text("proxy.opt.store", "The folder to keep modules in; GOPROXY=file://DIR can read it.")
_UPSTREAM = text(
    "proxy.opt.upstream", "Where modules come from, tried in this order; may be repeated: https://HOST or file:///FOLDER."
)
_SUMDB = text("proxy.opt.sumdb", "The checksum database that must vouch for modules: NAME, NAME+KEY or off.")
_CONFIG = text("proxy.opt.config", "Read the rest from this TOML file; options given here win.")
_LOG = text("proxy.opt.access-log", "Write a line for each request to this file (- is standard error).")
_TAKEN = text("proxy.taken", "{value} cannot be listened on: {reason}")
_RELOADED = text("proxy.reloaded", "The set-up was read again (listen, store, workers and sumdb stay as they were).")
_STORE_BAD = text("proxy.store-bad", "The store {value} cannot be used: {reason}")


@click.command(name="serve", cls=base.Part, summary=_SERVE)
@option("--listen", metavar="HOST:PORT", help=_LISTEN)
@option("--store", metavar="DIR", help=_STORE)
@option("--upstream", "upstreams", multiple=True, metavar="URL", help=_UPSTREAM)
@option("--sumdb", metavar="NAME[+KEY]|off", help=_SUMDB)
@option("--config", metavar="FILE", help=_CONFIG)
@option("--access-log", metavar="FILE", help=_LOG)
@options.lang
def command(
    listen: str | None,
    store: str | None,
    upstreams: tuple[str, ...],
    sumdb: str | None,
    config: str | None,
    access_log: str | None,
) -> int:
    """See _SERVE."""
    import asyncio
    import sys

    from gomend.apps.proxy.setup import SetupError, address, combined, database, signers
    from gomend.proxy.serving import listening, serve
    from gomend.proxy.settings import Setup

    given = {"listen": listen, "store": store, "upstreams": upstreams, "access_log": access_log}
    try:
        setup = combined(config, given, sumdb)
        host, port = address(setup.listen)
        by = asyncio.run(database(setup))
        keys = signers(setup)
    except SetupError as error:
        raise base.Problem(base.translator()(error.said)) from None
    try:
        listener = listening(host, port)
    except (OSError, OverflowError) as error:
        raise base.Problem(_TAKEN, value=setup.listen, reason=getattr(error, "strerror", None) or str(error)) from None
    shown = f"[{host}]:{listener.getsockname()[1]}" if ":" in host else f"{host}:{listener.getsockname()[1]}"

    scheme = "https" if setup.tls.cert else "http"

    def ready() -> None:
        sys.stderr.write(f"listening on {scheme}://{shown}\n")
        sys.stderr.flush()

    def reload() -> Setup | None:
        try:
            new = combined(config, given, sumdb)
        except SetupError as error:
            base.note(base.translator()(error.said))
            return None
        base.note(base.translator()(_RELOADED))
        return new

    try:
        asyncio.run(serve(setup, listener, base.translator(), ready, by, reload, keys))
    except OSError as error:
        raise base.Problem(_STORE_BAD, value=setup.store, reason=error.strerror or str(error)) from None
    return 0
