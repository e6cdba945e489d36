"""``gomend mod cache tree``: module paths with their sizes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gomend.apps.cli import base, options, sizes
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import text

if TYPE_CHECKING:
    from gomend.modules.cache.stats import Branch

_TREE = text("cli.mod.cache.tree", "Show module paths as a tree with sizes, the largest first.")
_DEPTH = text("cli.opt.cache-depth", "How many pieces of the paths to show, 0 for all.")
_FORMAT = text("cli.opt.cache-format", "How to answer: text or json.")


@click.command(name="tree", cls=base.Part, summary=_TREE)
@option("--depth", type=click.IntRange(0, 100), default=0, metavar="N", help=_DEPTH)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=_FORMAT)
@options.lang
def command(depth: int, form: str) -> int:
    """See _TREE."""
    from gomend.apps import cleaning_cache
    from gomend.apps.caching import Cache
    from gomend.modules.cache import stats

    cache = Cache(None, everything=True)
    branches = stats.tree(cleaning_cache.uses(cache), depth)
    if form == "json":
        import msgspec

        from gomend.apps.usageshapes import tree_shape

        click.echo(msgspec.json.encode(tree_shape(cache.root, branches)))
    else:
        click.echo("\n".join([cache.root, *shown(branches, "")]))
    return Exit.CLEAN


def shown(branches: tuple[Branch, ...], above: str) -> Iterator[str]:
    """The same for people."""
    for number, branch in enumerate(branches):
        last = number == len(branches) - 1
        yield f"{above}{'└── ' if last else '├── '}{sizes.shown(branch.bytes)}  {branch.name}"
        yield from shown(branch.below, above + ("    " if last else "│   "))
