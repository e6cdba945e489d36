"""``gomend proxy run -- COMMAND``: give one command a proxy of its own, with the store that all such runs share."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options, words
from gomend.apps.cli.base import option
from gomend.model.text import text

_RUN = text("proxy.run", "Run a command (go build ./...) with a module proxy of its own; upstreams are those of GOPROXY.")
_STORE = text("proxy.opt.run-store", "The folder to keep modules in (default: gomend's cache folder).")
_UPSTREAM = text("proxy.opt.run-upstream", "Where modules come from instead of GOPROXY; may be repeated.")
_NONE = text("proxy.run.none", "GOPROXY ({value}) names no proxy to stand before; give one with --upstream URL.")
_NOT = text("proxy.run.not-started", "The proxy did not start: {said}")


@click.command(name="run", cls=base.Part, summary=_RUN, context_settings={"ignore_unknown_options": True})
@option("--store", metavar="DIR", help=_STORE)
@option("--upstream", "upstreams", multiple=True, metavar="URL", help=_UPSTREAM)
@option("--config", metavar="FILE", help=text("proxy.opt.run-config", "Read the rest from this TOML file."))
@click.argument("words_", nargs=-1, metavar="-- COMMAND", type=click.UNPROCESSED)
@options.lang
def command(store: str | None, upstreams: tuple[str, ...], config: str | None, words_: tuple[str, ...]) -> int:
    """See _RUN."""
    from gomend.apps.proxy.running import CannotRunError, NothingToAskError, NotStartedError, run

    if not words_:
        raise base.Problem(words.NO_COMMAND)
    try:
        return run(words_, store, upstreams, config)
    except NothingToAskError as error:
        raise base.Problem(_NONE, value=str(error)) from None
    except NotStartedError as error:
        raise base.Problem(_NOT, said=str(error)) from None
    except CannotRunError as error:
        raise base.Problem(words.CANNOT_RUN, command=words_[0], reason=str(error)) from None
