"""``gomend mod cache why``: which projects need a module, and through whom."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import Translator, text

if TYPE_CHECKING:
    from gomend.apps.needing import Needs

_WHY = text("cli.mod.cache.why", "Say which projects need a module version, and through which others.")
_IN = text("cli.opt.cache-in", "A folder with projects (repeat it for several; default: here).")
_FORMAT = text("cli.opt.cache-format", "How to answer: text or json.")
_NO_FOLDER = text("cli.cache.clean.no-folder", "{path} is no folder.")
_NOBODY = text("cli.cache.why.nobody", "None of {projects} projects names {module} in its go.sum.")
_BUILDS = text("cli.cache.why.builds", "{project} builds with {module}@{version}")
_ONLY_MOD = text("cli.cache.why.only-mod", "{project} needs only the go.mod of {module}@{version}, to choose versions")
_OLD = text("cli.cache.why.old", "{project} names {module}@{version}, but builds with another version")
_LEFT = text("cli.cache.why.left", "nothing in its module graph leads there: a left-over line of go.sum")
_UNKNOWN = text("cli.cache.why.unknown", "go cannot tell the module graph of {project} offline: {reason}")


@click.command(name="why", cls=base.Part, summary=_WHY)
@click.argument("module", metavar="MODULE[@VERSION]")
@option("--in", "folders", multiple=True, metavar="DIR", help=_IN)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=_FORMAT)
@options.lang
def command(module: str, folders: tuple[str, ...], form: str) -> int:
    """See _WHY."""
    from gomend.apps import needing
    from gomend.apps.caching import Cache

    for folder in folders:
        if not os.path.isdir(folder):
            raise base.Problem(_NO_FOLDER, path=folder)
    places = tuple(os.path.abspath(f) for f in folders or (".",))
    try:
        found = needing.of(Cache(None, everything=True), places, module)
    except OSError as error:
        raise base.Problem(f"{error.filename}: {error.strerror}") from None
    if form == "json":
        import msgspec

        from gomend.apps.usageshapes import why_shape

        click.echo(msgspec.json.encode(why_shape(module, found.projects, found.needs, found.unknown)))
    else:
        click.echo("\n".join(shown(module, found, base.translator())))
    return Exit.CLEAN


def shown(module: str, found: Needs, say: Translator) -> Iterator[str]:
    """The same for people."""
    if not found.needs:
        yield say(_NOBODY, projects=found.projects, module=module)
    for need in found.needs:
        words = _BUILDS if need.selected and need.whole else _OLD if not need.selected and need.whole else _ONLY_MOD
        yield say(words, project=need.project, module=need.module, version=need.version)
        if need.project in found.unknown:
            yield "  " + say(_UNKNOWN, project=need.project, reason=found.unknown[need.project])
        else:
            yield "  " + (" → ".join(need.chain) if need.chain else say(_LEFT))
