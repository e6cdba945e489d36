"""``gomend cgo warm``: let zig compile the C libraries of targets before the first build."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import text

_WARM = text(
    "cgocli.warm", "Let zig prepare the C libraries of targets ahead of the first build; for CI, keep its cache folder."
)
_TARGET = text("cgocli.opt.warm-target", "GOOS/GOARCH; may be repeated.")
_LIBC = text("cgocli.opt.warm-libc", "musl, glibc, or glibc:2.28 (Linux).")
_LINK = text("cgocli.opt.warm-link", "As cgo build takes it.")
_CXX = text("cgocli.opt.warm-cxx", "The C++ library too.")
_DONE = text("cgocli.warm-done", "{target}: prepared in {seconds} s")
_READY = text("cgocli.warm-ready", "{target}: ready")


@click.command(name="warm", cls=base.Part, summary=_WARM)
@option("--target", "targets", required=True, multiple=True, metavar="GOOS/GOARCH", help=_TARGET)
@option("--libc", default="musl", metavar="LIBC", help=_LIBC)
@option("--link", type=click.Choice(("static", "dynamic")), default="static", help=_LINK)
@option("--c++", "cxx", is_flag=True, help=_CXX)
@options.lang
def command(targets: tuple[str, ...], libc: str, link: str, *, cxx: bool) -> int:
    """See _WARM."""
    from gomend.apps.cgo import warming

    say = base.translator()
    for target, seconds in warming.prepare(targets, libc, link, cxx=cxx):
        click.echo(say(_READY, target=target) if seconds is None else say(_DONE, target=target, seconds=f"{seconds:g}"))
    return Exit.CLEAN
