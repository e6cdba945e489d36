"""``gomend mod cache clean``: take exactly what is not needed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from gomend.apps.cli import base, options, sizes
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import Translator, text

if TYPE_CHECKING:
    from gomend.apps.caching import Cache
    from gomend.apps.cleaning_cache import Cleaned

_CLEAN = text("cli.mod.cache.clean", "Delete versions by name, age, need or size; shows the plan first.")
_OLDER = text("cli.opt.cache-older-than", "Only what was last used longer ago than this (90d, 8w, 1y).")
_UNREACHABLE = text(
    "cli.opt.cache-unreachable-from",
    "Only what no go.sum at or below DIR names (repeat it for several; name all your projects).",
)
_SIZE = text("cli.opt.cache-size", "Delete the least recently used until the cache is no larger than this (5G).")
_WHOLE = text("cli.opt.cache-whole", "Everything: go clean -modcache.")
_QUARANTINE = text("cli.opt.cache-quarantine", "Delete what earlier mends and cleans left in quarantine.")
_KEEP = text(
    "cli.opt.cache-keep-quarantine", "Keep what goes in quarantine, so that gomend undo can bring it back; frees nothing yet."
)
_YES = text("cli.opt.cache-yes", "Do it. Without it the plan is shown.")
_FORMAT = text("cli.opt.cache-format", "How to answer: text or json.")
_WHAT = text(
    "cli.cache.clean.what",
    "Say what may go: MODULE[@VERSION], --older-than, --unreachable-from, --size, --quarantine or --whole.",
)
_ONE = text("cli.cache.clean.one", "{option} goes with no other choice.")
_LAST = text("cli.cache.clean.last", "{size}  {name}  (last used {date}, by its {by})")
_PLAN = text("cli.cache.clean.plan", "Would delete {count} of {versions} versions and free {size} of {total}. --yes does it.")
_DONE = text("cli.cache.clean.done", "Deleted {count} of {versions} versions: {size} freed.")
_MOVED = text("cli.cache.clean.moved", "Moved {count} of {versions} versions ({size}) to {path}; gomend undo brings them back.")
_NOTHING = text("cli.cache.clean.nothing", "Nothing to delete: {versions} versions, {total}.")
_KEPT = text("cli.cache.clean.kept", "{name} stays: {reason}")
_WHOLE_PLAN = text("cli.cache.clean.whole-plan", "Would run go clean -modcache and free {size}. --yes does it.")
_FREED = text("cli.cache.clean.freed", "{size} freed.")
_QUARANTINE_PLAN = text(
    "cli.cache.clean.quarantine-plan", "Would delete {size} in quarantine; what is there cannot be undone then. --yes does it."
)


@click.command(name="clean", cls=base.Part, summary=_CLEAN)
@click.argument("modules", nargs=-1, metavar="[MODULE[@VERSION]]...")
@option("--older-than", metavar="AGE", help=_OLDER)
@option("--unreachable-from", multiple=True, metavar="DIR", help=_UNREACHABLE)
@option("--size", "budget", metavar="SIZE", help=_SIZE)
@option("--quarantine", is_flag=True, help=_QUARANTINE)
@option("--whole", is_flag=True, help=_WHOLE)
@option("--keep-quarantine", is_flag=True, help=_KEEP)
@option("--yes", is_flag=True, help=_YES)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=_FORMAT)
@options.lang
def command(modules: tuple[str, ...], form: str, **asked: Any) -> int:
    """See _CLEAN."""
    from gomend.apps import cleaning_cache
    from gomend.apps.caching import Cache

    chosen = [modules, asked["older_than"], asked["unreachable_from"], asked["budget"], asked["quarantine"], asked["whole"]]
    if not any(chosen):
        raise base.Problem(_WHAT)
    for name in ("whole", "quarantine"):
        if asked[name] and sum(map(bool, chosen)) + asked["keep_quarantine"] > 1:
            raise base.Problem(_ONE, option=f"--{name}")
    made = cleaning_cache.wish(modules, asked["older_than"], asked["unreachable_from"], asked["budget"])
    cache = Cache(None, everything=True)
    say = base.translator()
    if asked["whole"] or asked["quarantine"]:
        return _all(cache, say, whole=asked["whole"], yes=asked["yes"], form=form)
    if modules:
        cache.scan(modules)  # names what is not there
    done = cleaning_cache.run(cache, made, yes=asked["yes"], keep=asked["keep_quarantine"])
    if form == "json":
        import msgspec

        from gomend.apps.usageshapes import clean_shape

        click.echo(msgspec.json.encode(clean_shape(done, say)))
    else:
        click.echo("\n".join(shown(done, say)))
    return Exit.FINDINGS if done.kept else Exit.CLEAN


def _all(cache: Cache, say: Translator, *, whole: bool, yes: bool, form: str) -> int:
    from gomend.apps import cleaning_cache
    from gomend.modules.cache import usage

    if whole:
        size = usage.freed([cache.root])
        if yes and (why := cleaning_cache.whole(cache)):
            raise base.Problem(why)
    else:
        size = cleaning_cache.quarantines(cache, yes=yes)
    if form == "json":
        import msgspec

        from gomend.apps.usageshapes import all_shape

        click.echo(msgspec.json.encode(all_shape(size, yes=yes)))
        return Exit.CLEAN
    plan = _WHOLE_PLAN if whole else _QUARANTINE_PLAN
    click.echo(say(_FREED if yes else plan, size=sizes.shown(size)))
    return Exit.CLEAN


def shown(done: Cleaned, say: Translator) -> Iterator[str]:
    """The same for people."""
    total = sizes.shown(done.total)
    if not done.chosen and not done.kept:
        yield say(_NOTHING, versions=done.versions, total=total)
        return
    for use in done.chosen:
        date = time.strftime("%Y-%m-%d", time.localtime(use.last))
        yield say(_LAST, size=f"{sizes.shown(use.size):>8}", name=use.entry.name, date=date, by=use.by)
    for name, reason in done.kept.items():
        yield say(_KEPT, name=name, reason=say(reason))
    count, size = len(done.chosen), sizes.shown(done.bytes)
    if done.dry_run:
        yield say(_PLAN, count=count, versions=done.versions, size=size, total=total)
    elif done.quarantine:
        yield say(_MOVED, count=count, versions=done.versions, size=size, path=done.quarantine)
    else:
        yield say(_DONE, count=count, versions=done.versions, size=size)
