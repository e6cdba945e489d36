"""``gomend proxy mirror`` and ``gomend proxy import``: fill a store before anybody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.answering import form, write
from gomend.apps.cli.base import option
from gomend.model.text import text

if TYPE_CHECKING:
    from gomend.apps.proxy.filling import Wish
    from gomend.proxy.upstream import Upstream

_MIRROR = text(
    "proxy.mirror", "Fetch all that a project's go.sum names, or the versions you name, into a store; go on where it stopped."
)
_IMPORT = text(
    "proxy.import", "Take all modules of a module cache, a disk store of Athens or a bundle into a store, each checked."
)
_STORE = text("proxy.opt.store", "The folder to keep modules in; GOPROXY=file://DIR can read it.")
_UPSTREAM = text(
    "proxy.opt.upstream", "Where modules come from, tried in this order; may be repeated: https://HOST or file:///FOLDER."
)
_CONFIG = text("proxy.opt.config", "Read the rest from this TOML file; options given here win.")
_SUMDB = text("proxy.opt.sumdb", "The checksum database that must vouch for modules: NAME, NAME+KEY or off.")
_PROJECT = text("proxy.opt.project", "A project; all that its go.sum names is fetched, and compared with it.")
_NOTHING = text(
    "proxy.fill.nothing",
    "Name modules (MODULE@VERSION, MODULE@latest, MODULE@all), a list (--list FILE) or a project with a go.sum (--project DIR).",
)
_LIST = text(
    "proxy.opt.list",
    "A file with one MODULE@VERSION a line, or what 'go list -m all' prints; - is standard input. May be repeated.",
)
_NO_SUM = text("proxy.fill.no-sum", "{file} cannot be read: {reason}")
_NO_CACHE = text(
    "proxy.fill.no-cache",
    "{folder} is no module cache (it has no cache/download, and no folder named @v below it) and no disk store of Athens.",
)
_DONE = text("proxy.fill.done", "{fetched} files came in, {there} were there, {failed} could not be had.")


@click.command(name="mirror", cls=base.Part, summary=_MIRROR)
@click.argument("modules", nargs=-1, metavar="[MODULE@VERSION]...")
@option("--project", metavar="DIR", help=_PROJECT)
@option("--list", "lists", multiple=True, metavar="FILE", help=_LIST)
@option("--store", metavar="DIR", help=_STORE)
@option("--upstream", "upstreams", multiple=True, metavar="URL", help=_UPSTREAM)
@option("--sumdb", metavar="NAME[+KEY]|off", help=_SUMDB)
@option("--config", metavar="FILE", help=_CONFIG)
@form
@options.lang
def mirror(
    modules: tuple[str, ...],
    project: str | None,
    lists: tuple[str, ...],
    store: str | None,
    upstreams: tuple[str, ...],
    sumdb: str | None,
    config: str | None,
    form: str,
) -> int:
    """See _MIRROR."""
    from gomend.apps.proxy.filling import of_gosum, of_list

    wishes: list[Wish] = []
    if project is None and not modules and not lists:
        raise base.Problem(_NOTHING)
    if project is not None:
        wishes = of_gosum(_read(f"{project}/go.sum"))
    for file in lists:
        modules += tuple(of_list(_read(file)))
    return _fill(config, {"store": store, "upstreams": upstreams}, sumdb, wishes, modules, form)


def _read(file: str) -> str:
    try:
        with click.open_file(file, encoding="utf-8") as opened:
            return str(opened.read())
    except (OSError, UnicodeDecodeError) as error:
        raise base.Problem(_NO_SUM, file=file, reason=getattr(error, "strerror", None) or str(error)) from None


@click.command(name="import", cls=base.Part, summary=_IMPORT)
@click.argument("source", metavar="GOMODCACHE|ATHENS|BUNDLE")
@option("--store", metavar="DIR", required=True, help=_STORE)
@option("--sumdb", metavar="NAME[+KEY]|off", help=_SUMDB)
@form
@options.lang
def take(source: str, store: str, sumdb: str | None, form: str) -> int:
    """See _IMPORT."""
    import os

    from gomend.apps.proxy.filling import Wish, of_cache
    from gomend.apps.proxy.sources import Athens, Bundled
    from gomend.modules.bundle.manifest import BundleError
    from gomend.modules.bundle.read import Bundle

    root = os.path.realpath(source)
    root = f"{root}/cache/download" if os.path.isdir(f"{root}/cache/download") else root
    if os.path.isfile(root):
        try:
            with Bundle(root) as bundle:
                bundled = Bundled(bundle)
                return _fill(None, {"store": store}, sumdb, [Wish(place=p) for p in bundled.places], (), form, (bundled,))
        except BundleError as error:
            raise base.Problem(base.translator()(error.said)) from None
    athens = Athens(root)
    wishes = [*of_cache(root), *(Wish(place=place) for place in athens.places)]
    if not wishes:
        raise base.Problem(_NO_CACHE, folder=source)
    return _fill(None, {"store": store, "upstreams": (f"file://{root}",)}, sumdb, wishes, (), form, (athens,))


def _fill(
    config: str | None,
    given: dict[str, Any],
    sumdb: str | None,
    wishes: list[Wish],
    queries: tuple[str, ...],
    form: str,
    first: tuple[Upstream, ...] = (),
) -> int:
    import asyncio
    import sys

    from gomend.apps.proxy.filling import fill
    from gomend.apps.proxy.setup import SetupError, combined, database

    say = base.translator()
    try:
        setup = combined(config, given, sumdb, alone=bool(first))
        by = asyncio.run(database(setup))
    except SetupError as error:
        raise base.Problem(say(error.said)) from None

    def progress(done: int, total: int) -> None:
        sys.stderr.write(f"\r{done}/{total}" + ("\n" if done == total else ""))
        sys.stderr.flush()

    try:
        answer = asyncio.run(fill(setup, by, say, wishes, queries, progress if base.is_terminal(sys.stderr) else None, first))
    except OSError as error:
        raise base.Problem(
            text("proxy.store-bad", "The store {value} cannot be used: {reason}"), value=setup.store, reason=str(error)
        ) from None
    lines = [f"{failed.path}\n  {failed.reason}" for failed in answer.failed]
    lines.append(say(_DONE, fetched=answer.fetched, there=answer.there, failed=len(answer.failed)))
    write(answer, form, "\n".join(lines) + "\n")
    return 1 if answer.failed else 0
