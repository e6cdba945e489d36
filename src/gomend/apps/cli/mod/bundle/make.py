"""``gomend mod bundle make``: one verified archive of all that projects need."""

from __future__ import annotations

import click

from gomend.apps import bundlewords as shown
from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import text

_MAKE = text("bundle.make", "Fetch, verify and pack all modules that projects need, with the checksum database's proofs.")
_OUT = text("bundle.opt.output", "The bundle to write.")
_SINCE = text("bundle.opt.since", "Leave out what this earlier bundle, or those it builds on, has.")
_TOOLCHAIN = text(
    "bundle.opt.toolchain", "Take the Go toolchain for this GOOS/GOARCH too; may be repeated or separated by commas."
)
_TOOL = text(
    "bundle.opt.tool", "Take what go install PACKAGE@VERSION needs too (github.com/go-delve/delve/cmd/dlv@v1.27.2); repeatable."
)
_SYSROOT = text(
    "bundle.opt.sysroot", "Take a folder that gomend cgo sysroot made too, for cgo build without network; may be repeated."
)
_WHEEL = text("bundle.opt.wheel", "Take a Python wheel too, as pip names it (ziglang==0.15.2); may be repeated.")
_NO_SUMDB = text("bundle.opt.no-sumdb", "Do not ask the checksum database; go.sum alone vouches.")
_UNVERIFIED = text("bundle.opt.allow-unverified", "Take modules that nobody vouches for, too.")
_FRESH = text("bundle.opt.fresh", "Fetch everything anew, into a module cache of its own.")
_NOT_MADE = text(
    "bundle.make.not-made", "No bundle was written: {count} modules are not what they should be, or nobody can tell."
)
_HINT = text("bundle.make.hint", "--allow-unverified takes modules that nobody vouches for.")
_PLATFORM = text("bundle.make.platform", "{value} is no GOOS/GOARCH such as linux/amd64.")
_VERSION = text("bundle.make.version", "{value} needs a version: PACKAGE@VERSION.")
_RESUMED = text("bundle.make.resumed", "Went on from an interrupted run: {count} files were verified there.")


@click.command(name="make", cls=base.Part, summary=_MAKE)
@click.argument("folders", nargs=-1, metavar="[DIR]...")
@option("--output", "-o", "out", required=True, metavar="FILE", help=_OUT)
@option("--since", default="", metavar="BUNDLE", help=_SINCE)
@option("--toolchain", multiple=True, metavar="GOOS/GOARCH", callback=options.words_of, help=_TOOLCHAIN)
@option("--tool", multiple=True, metavar="PACKAGE@VERSION", help=_TOOL)
@option("--wheel", multiple=True, metavar="NAME==VERSION", help=_WHEEL)
@option("--sysroot", "sysroots", multiple=True, metavar="DIR", help=_SYSROOT)
@option("--no-sumdb", is_flag=True, help=_NO_SUMDB)
@option("--allow-unverified", is_flag=True, help=_UNVERIFIED)
@option("--fresh", is_flag=True, help=_FRESH)
@option("--quiet", is_flag=True, help=shown.QUIET)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=shown.FORMAT)
@options.lang
def command(
    folders: tuple[str, ...],
    out: str,
    since: str,
    toolchain: tuple[str, ...],
    tool: tuple[str, ...],
    wheel: tuple[str, ...],
    sysroots: tuple[str, ...],
    no_sumdb: bool,
    allow_unverified: bool,
    fresh: bool,
    quiet: bool,
    form: str,
) -> int:
    """See _MAKE."""
    import os
    import re

    from gomend.apps.bundleshapes import bundle_shape
    from gomend.apps.bundling import NOBODY, Wish, make

    for value in toolchain:
        if not re.fullmatch(r"[a-z0-9]+/[a-z0-9]+", value):
            raise base.Problem(_PLATFORM, value=value)
    for value in tool:
        if not re.fullmatch(r"[^@\s-][^@\s]*@[^@\s]+", value):
            raise base.Problem(_VERSION, value=value)
    for folder in folders:
        if not os.path.isdir(folder):
            raise base.Problem(f"{folder}: {os.strerror(20 if os.path.exists(folder) else 2)}")
    wish = Wish(
        folders=folders,
        out=out,
        since=since,
        toolchains=toolchain,
        tools=tool,
        wheels=wheel,
        sysroots=sysroots,
        sumdb=not no_sumdb,
        unverified=allow_unverified,
        fresh=fresh,
    )
    with shown.progress(quiet=quiet) as progress:
        made = make(wish, progress)
    say = base.translator()
    shape = bundle_shape(
        "make", out, made.manifest, say, digest=made.digest, size=made.size, bad=made.bad, left_out=made.left_out
    )
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(shape))
    else:
        lines = shown.problems(shape, say)
        if made.bad:
            lines.append(say(_NOT_MADE, count=len({b.name for b in made.bad})))
            lines += [say(_HINT)] if any(b.said.id == NOBODY.id for b in made.bad) else []
        else:
            lines += [*shown.contents(shape, say), *shown.use(shape, say)]
        click.echo("\n".join(lines))
    if made.resumed and form == "text":
        base.note(say(_RESUMED, count=made.resumed))
    return Exit.FINDINGS if made.bad else Exit.CLEAN
