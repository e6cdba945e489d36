"""``gomend mod cache mend``: quarantine exactly what is damaged, fetch it again, prove it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gomend.apps.cli import base, options, sizes
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import Translator, text

if TYPE_CHECKING:
    from gomend.apps.mendresults import Item, Result

_MEND = text("cli.mod.cache.mend", "Replace exactly what is damaged by what go fetches anew, and prove it.")
_PROJECT = text("cli.opt.cache-project", "Look at what this project's go.sum names (default inside a project).")
_ALL = text("cli.opt.cache-all", "Look at the whole cache.")
_YES = text("cli.opt.cache-yes", "Do it. Without it the plan is shown.")
_DRY = text("cli.opt.cache-dry-run", "Only show the plan (the default).")
_QUIET = text("cli.opt.cache-quiet", "No progress bar.")
_FORMAT = text("cli.opt.cache-format", "How to answer: text or json.")
_BOTH = text("cli.cache.yes-and-dry-run", "--yes and --dry-run exclude each other.")
_NOTHING = text("cli.cache.mend.nothing", "Nothing is damaged.")
_BUSY = text("cli.cache.busy", "{count} more are being downloaded by another process just now; they were left out.")
_PLAN = text("cli.cache.mend.plan", "Would mend {count}; {size} go into quarantine. --yes does it, gomend undo undoes it.")
_DONE = text("cli.cache.mend.done", "{count} mended and proved by verifying again.")
_LEFT = text("cli.cache.mend.left", "{count} not mended.")
_BACK = text("cli.cache.mend.back", "Everything was put back as it was.")
_UNDO = text(
    "cli.cache.mend.undo",
    "What was taken away is in {path}; gomend undo puts it back, gomend mod cache clean --quarantine deletes it.",
)
_RAN = text("cli.cache.mend.ran", "{command}: works")
_RAN_NOT = text("cli.cache.mend.ran-not", "{command}: exit {exit}: {detail}")
_OUTCOME = {
    "proved": text("cli.cache.mend.outcome.proved", "mended"),
    "refused": text("cli.cache.mend.outcome.refused", "not mended"),
    "dry-run": text("cli.cache.mend.outcome.dry-run", "would be mended"),
    "rolled-back": text("cli.cache.mend.outcome.rolled-back", "put back"),
}


@click.command(name="mend", cls=base.Part, summary=_MEND)
@click.argument("modules", nargs=-1, metavar="[MODULE[@VERSION]]...")
@option("--project", metavar="DIR", help=_PROJECT)
@option("--all", "everything", is_flag=True, help=_ALL)
@option("--yes", is_flag=True, help=_YES)
@option("--dry-run", is_flag=True, help=_DRY)
@option("--quiet", is_flag=True, help=_QUIET)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=_FORMAT)
@options.lang
def command(
    modules: tuple[str, ...], project: str | None, everything: bool, yes: bool, dry_run: bool, quiet: bool, form: str
) -> int:
    """See _MEND."""
    from gomend.apps import mending_cache

    if yes and dry_run:
        raise base.Problem(_BOTH)
    result = mending_cache.run(project, modules, everything=everything, yes=yes, quiet=quiet)
    say = base.translator()
    if form == "json":
        import msgspec

        from gomend.apps.mendshapes import mend_shape

        click.echo(msgspec.json.encode(mend_shape(result, say)))
    else:
        click.echo("\n".join(shown(result, say)))
    outcomes = {item.outcome for item in result.items}
    if "rolled-back" in outcomes:
        return Exit.NOT_PROVED
    return Exit.CLEAN if outcomes <= {"proved"} and not result.left else Exit.FINDINGS


def shown(result: Result, say: Translator) -> Iterator[str]:
    """The same for people."""
    if result.report.busy:
        yield say(_BUSY, count=len(result.report.busy))
    if not result.items:
        yield say(_NOTHING)
        return
    for item in result.items:
        yield from _item(item, say)
    count = {outcome: sum(i.outcome == outcome for i in result.items) for outcome in _OUTCOME}
    if count["dry-run"]:
        yield say(_PLAN, count=count["dry-run"], size=sizes.shown(sum(i.size for i in result.items)))
    if count["proved"]:
        yield say(_DONE, count=count["proved"])
    if count["rolled-back"]:
        yield say(_BACK)
    if count["refused"]:
        yield say(_LEFT, count=count["refused"])
    for ran in result.evidence:
        words = (
            say(_RAN_NOT, command=ran.command, exit=ran.exit, detail=ran.detail) if ran.exit else say(_RAN, command=ran.command)
        )
        yield words
    if result.quarantine:
        yield say(_UNDO, path=result.quarantine)


def _item(item: Item, say: Translator) -> Iterator[str]:
    kinds = ", ".join(dict.fromkeys(d.what for d in item.unit.damages))
    yield f"{item.unit.name}  {say(_OUTCOME[item.outcome])}: {kinds}"
    yield from (f"  {path}" for path in item.paths[:5])
    if item.reason:
        yield f"  {say(item.reason)}"
    if item.todo:
        yield f"  {say(item.todo)}"
