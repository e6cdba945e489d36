"""``gomend proxy evict``: remove versions from a store by size, age and last use."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.answering import form, write
from gomend.apps.cli.base import option
from gomend.model.text import text

_EVICT = text(
    "proxy.evict",
    "Say which versions a store can do without, by size, age and last use; --yes removes them. A server does it by itself if [evict] says so.",
)
_STORE = text("proxy.opt.evict-store", "The store (default: that of the file).")
_CONFIG = text("proxy.opt.evict-config", "A server's file; its [evict] and its private modules count.")
_SIZE = text("proxy.opt.evict-size", "What the store may hold, such as 50GB; versions unused longest go first.")
_AGE = text("proxy.opt.evict-age", "Versions go that came in more than so many days ago.")
_UNUSED = text("proxy.opt.evict-unused", "Versions go that nobody asked for in so many days.")
_PIN = text("proxy.opt.evict-pin", "Modules that stay: patterns as in GOPRIVATE.")
_PRIVATE = text("proxy.opt.evict-private", "Private modules may go, too, although their source may be gone.")
_YES = text("proxy.opt.evict-yes", "Remove them.")
_NO_LIMIT = text("proxy.evict.no-limit", "Say by what: --size, --age, --unused, or a file with [evict] (--config).")
_NONE = text("proxy.evict.none", "There is no store {value}: {reason}")
_LINE = text("proxy.evict.line", "{what}  {size}  used last {used}  ({why})")
_WOULD = text("proxy.evict.would", "{count} versions would go: {freed} of {held}. Nothing was removed; --yes does it.")
_DID = text("proxy.evict.did", "{count} versions are gone: {freed} of {held}.")
_WHY = {
    "age": text("proxy.evict.age", "older than allowed"),
    "unused": text("proxy.evict.unused", "unused for longer than allowed"),
    "size": text("proxy.evict.size", "the store is larger than allowed"),
}


@click.command(name="evict", cls=base.Part, summary=_EVICT)
@option("--store", metavar="DIR", help=_STORE)
@option("--config", metavar="FILE", help=_CONFIG)
@option("--size", metavar="SIZE", help=_SIZE)
@option("--age", metavar="DAYS", type=float, help=_AGE)
@option("--unused", metavar="DAYS", type=float, help=_UNUSED)
@option("--pin", metavar="PATTERNS", help=_PIN)
@option("--private", is_flag=True, help=_PRIVATE)
@option("--yes", is_flag=True, help=_YES)
@form
@options.lang
def command(
    store: str | None,
    config: str | None,
    size: str | None,
    age: float | None,
    unused: float | None,
    pin: str | None,
    private: bool,
    yes: bool,
    form: str,
) -> int:
    """See _EVICT."""
    import os

    import msgspec

    from gomend.apps.cli.sizes import shown
    from gomend.apps.proxy import evicting
    from gomend.apps.proxy.setup import SetupError, combined
    from gomend.proxy.evict import limits_of
    from gomend.proxy.settings import Evict

    say = base.translator()
    given = {"size": size, "age": age, "unused": unused, "pinned": pin, "private": private or None}
    try:
        setup = combined(config, {"store": store}, None, alone=True)
        evict: Evict = msgspec.structs.replace(setup.evict, **{k: v for k, v in given.items() if v is not None})
        setup = combined(config, {"store": store, "evict": evict}, None, alone=True)
    except SetupError as error:
        raise base.Problem(say(error.said)) from None
    limits = limits_of(setup)
    if not limits.any:
        raise base.Problem(_NO_LIMIT)
    try:
        os.listdir(setup.store)
        answer = evicting.run(os.path.realpath(setup.store), limits, dry_run=not yes)
    except OSError as error:
        raise base.Problem(_NONE, value=setup.store, reason=error.strerror or str(error)) from None
    wide = max((len(g.module) + len(g.version) + 1 for g in answer.going), default=0)
    lines = [
        say(
            _LINE,
            what=f"{g.module}@{g.version}".ljust(wide),
            size=shown(g.size).rjust(8),
            used=g.used[:10],
            why=say(_WHY[g.why]),
        )
        for g in answer.going
    ]
    end = _WOULD if answer.dry_run else _DID
    lines.append(say(end, count=len(answer.going), freed=shown(answer.freed), held=shown(answer.held)))
    write(answer, form, "\n".join(lines) + "\n")
    return 0
