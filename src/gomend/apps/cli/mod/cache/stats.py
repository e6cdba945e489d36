"""``gomend mod cache stats``: where the bytes are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gomend.apps.cli import base, options, sizes
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import Translator, text

if TYPE_CHECKING:
    from gomend.modules.cache.stats import Stats

_STATS = text("cli.mod.cache.stats", "Count versions and bytes: the largest, the old, the repeated, the unneeded.")
_FROM = text("cli.opt.cache-from", "A folder with projects: count what no go.sum at or below it names (repeat it for several).")
_MOST = text("cli.opt.cache-most", "How many of the largest modules to name.")
_FORMAT = text("cli.opt.cache-format", "How to answer: text or json.")
_ALL = text("cli.cache.stats.all", "{versions} versions of {modules} modules in {root}: {size}")
_PARTS = text(
    "cli.cache.stats.parts",
    "zips {zips}, unpacked {folders}, small files {small}, checksum database {sumdb}, repositories {vcs}",
)
_QUARANTINE = text("cli.cache.stats.quarantine", "quarantine {size} (gomend mod cache clean --quarantine)")
_REPEATED = text("cli.cache.stats.repeated", "{count} modules have several versions; all but the newest take {size}")
_AGES = text("cli.cache.stats.ages", "last used within 7 days {a}, 30 days {b}, 90 days {c}, a year {d}, longer ago {e}")
_UNNEEDED = text("cli.cache.stats.unneeded", "{count} versions are named by no project given: {size}")
_MODULE = text("cli.cache.stats.module", "{size}  {module}  (versions: {count})")


@click.command(name="stats", cls=base.Part, summary=_STATS)
@option("--from", "folders", multiple=True, metavar="DIR", help=_FROM)
@option("--most", type=click.IntRange(0, 10_000), default=10, metavar="N", help=_MOST)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=_FORMAT)
@options.lang
def command(folders: tuple[str, ...], most: int, form: str) -> int:
    """See _STATS."""
    from gomend.apps import cleaning_cache
    from gomend.apps.caching import Cache
    from gomend.modules.cache import clean, stats

    wish = cleaning_cache.wish((), None, folders, None)
    cache = Cache(None, everything=True)
    uses = cleaning_cache.uses(cache)
    found = stats.stats(cache.root, uses, time.time(), clean.choose(uses, wish) if folders else None, most)
    if form == "json":
        import msgspec

        from gomend.apps.usageshapes import stats_shape

        click.echo(msgspec.json.encode(stats_shape(cache.root, found)))
    else:
        click.echo("\n".join(shown(cache.root, found, base.translator())))
    return Exit.CLEAN


def shown(root: str, found: Stats, say: Translator) -> Iterator[str]:
    """The same for people."""
    size = sizes.shown
    total = found.zips + found.folders + found.small + found.sumdb + found.vcs + found.quarantine
    yield say(_ALL, versions=found.versions, modules=found.modules, root=root, size=size(total))
    yield say(
        _PARTS,
        zips=size(found.zips),
        folders=size(found.folders),
        small=size(found.small),
        sumdb=size(found.sumdb),
        vcs=size(found.vcs),
    )
    if found.quarantine:
        yield say(_QUARANTINE, size=size(found.quarantine))
    yield say(_REPEATED, count=found.repeated, size=size(found.older))
    yield say(_AGES, **dict(zip("abcde", map(size, found.ages.values()), strict=True)))
    if found.unneeded is not None:
        yield say(_UNNEEDED, count=found.unneeded, size=size(found.unneeded_bytes))
    for module in found.largest:
        yield say(_MODULE, size=f"{size(module.bytes):>8}", module=module.path, count=len(module.versions))
