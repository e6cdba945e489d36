"""``gomend cgo needs``: what a project needs of C, and what is left without it."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import text

_NEEDS = text(
    "cgocli.needs", "Say which packages use C and why, what they need installed, and what CGO_ENABLED=0 would change."
)
_DIRECTORY = text("cgocli.opt.directory", "The project (default: this folder).")
_TARGET = text(
    "cgocli.opt.target", "A GOOS/GOARCH to look at; may be repeated (default: the one that go builds for, and gomend.toml's)."
)
_DOWNLOAD = text("cgocli.opt.download", "Let go fetch, by your settings, modules that are not in the module cache.")
FORMAT = text("cgocli.opt.format", "How to answer: text or json.")


@click.command(name="needs", cls=base.Part, summary=_NEEDS)
@click.argument("patterns", nargs=-1, metavar="[PACKAGES]...")
@option("-C", "--directory", default=".", metavar="DIR", help=_DIRECTORY)
@option("--target", "targets", metavar="GOOS/GOARCH", multiple=True, callback=options.words_of, help=_TARGET)
@option("--download", is_flag=True, help=_DOWNLOAD)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=FORMAT)
@options.lang
def command(patterns: tuple[str, ...], directory: str, targets: tuple[str, ...], download: bool, form: str) -> int:
    """See _NEEDS."""
    from gomend.apps.cgo import needing

    found = needing.ask(directory, patterns or ("./...",), targets, download=download)
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(needing.shape(found)))
    else:
        click.echo("\n".join(needing.told(found, base.translator())))
    if all(t.problem for t in found.targets):
        return Exit.UNDETERMINED
    return Exit.CLEAN
