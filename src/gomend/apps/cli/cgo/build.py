"""``gomend cgo build``: one command from a cgo project to a proved binary."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.cli.cgo.needs import FORMAT
from gomend.apps.exits import Exit
from gomend.model.text import text

_BUILD = text(
    "cgocli.build", "Build a cgo project for a target with the C library and link that you name, prove the product, and run it."
)
_TARGET = text("cgocli.opt.build-target", "GOOS/GOARCH to build for.")
_LIBC = text("cgocli.opt.build-libc", "musl, glibc, or glibc:2.28 for the oldest one that the program must start with (Linux).")
_LINK = text("cgocli.opt.build-link", "Put the C library into the file, or load it at start.")
_OUTPUT = text("cgocli.opt.build-output", "The file to write.")
_TAGS = text("cgocli.opt.build-tags", "A build tag; may be repeated.")
_LDFLAGS = text("cgocli.opt.build-ldflags", "More for go's -ldflags.")
_TOOLCHAIN = text("cgocli.opt.build-toolchain", "Use this kind of toolchain only.")
_SYSROOT = text("cgocli.opt.build-sysroot", "A folder that gomend cgo sysroot made: libraries of the target.")
_DRY = text("cgocli.opt.build-dry", "Show the plan; build nothing.")
_EMIT = text("cgocli.opt.build-emit", "Print the same build as a file that stands alone, and build nothing.")
_RUN = text("cgocli.opt.build-run", "Start the product to prove it (default), or only read it.")
_START_ON = text(
    "cgocli.opt.build-start-on",
    "Start the product under the C library of this Debian release, such as debian:11, which is fetched once (about 4 MB, and its index).",
)
_ARG = text("cgocli.opt.build-arg", "A word for the program when it is started; may be repeated.")


@click.command(name="build", cls=base.Part, summary=_BUILD)
@click.argument("directory", default=".", metavar="[DIR]")
@option("--target", required=True, metavar="GOOS/GOARCH", help=_TARGET)
@option("--libc", default="musl", metavar="LIBC", help=_LIBC)
@option("--link", type=click.Choice(("static", "dynamic")), default="static", help=_LINK)
@option("-o", "--output", required=True, metavar="FILE", help=_OUTPUT)
@option("--tags", multiple=True, metavar="TAG", callback=options.words_of, help=_TAGS)
@option("--ldflags", default="", metavar="FLAGS", help=_LDFLAGS)
@option("--toolchain", type=click.Choice(("zig", "gcc", "clang", "musl-gcc")), help=_TOOLCHAIN)
@option("--sysroot", metavar="DIR", help=_SYSROOT)
@option("--dry-run", "dry", is_flag=True, help=_DRY)
@option(
    "--emit",
    type=click.Choice(("script", "makefile", "dockerfile", "github", "gitlab", "goreleaser", "bazel", "nix")),
    help=_EMIT,
)
@option("--run/--no-run", "start", default=True, help=_RUN)
@option("--start-on", default="", metavar="SYSTEM", help=_START_ON)
@option("--arg", "words", multiple=True, metavar="WORD", help=_ARG)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=FORMAT)
@options.lang
def command(
    directory: str, target: str, libc: str, link: str, output: str, tags: tuple[str, ...], ldflags: str, toolchain: str | None,
    sysroot: str | None, dry: bool, emit: str | None, start: bool, start_on: str, words: tuple[str, ...], form: str,
) -> int:  # fmt: skip
    """See _BUILD."""
    from gomend.apps.cgo import building, ordering

    order = ordering.order(
        target,
        libc,
        link,
        directory,
        output,
        tags=tags,
        ldflags=ldflags,
        toolchain=toolchain or "",
        sysroot=sysroot or "",
        dry=dry,
        start=start,
        words=words,
        start_on=start_on,
    )
    if emit:
        from gomend.apps.cgo import emitting

        click.echo(emitting.emit(order, emit), nl=False)
        return Exit.CLEAN
    say = base.translator()
    made = building.build(order, lambda said: click.echo(say(said), err=True))
    from gomend.apps.cgo import built

    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(built.shape(made, say)))
    else:
        click.echo(built.told(made, say), nl=False)
    return Exit.CLEAN if dry or made.proved else Exit.FINDINGS
