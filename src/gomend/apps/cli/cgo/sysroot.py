"""``gomend cgo sysroot``: libraries of a target from Debian packages, in a folder of their own."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.cli.cgo.needs import FORMAT
from gomend.apps.exits import Exit
from gomend.model.text import text

_SYSROOT = text(
    "cgocli.sysroot", "Libraries of another CPU or release, from Debian packages, without root; for cgo build --sysroot."
)
_MAKE = text(
    "cgocli.sysroot-make", "Fetch packages and all that they need, check them against the signed index, and unpack them."
)
_LIST = text("cgocli.sysroot-list", "List the sysroots of this machine.")
_VERIFY = text("cgocli.sysroot-verify", "Compare a sysroot with what was unpacked.")
_UNPACK = text(
    "cgocli.sysroot-unpack",
    "Unpack sysroots that a bundle brought (gomend mod bundle make --sysroot), and compare them with their own lists.",
)
_TARGET = text("cgocli.opt.sysroot-target", "GOOS/GOARCH of the libraries; may be repeated, and one answer is given for each.")
_RELEASE = text(
    "cgocli.opt.sysroot-release",
    "Debian release (bullseye, bookworm, trixie, forky); its glibc is the oldest that programs then start with. Default: bookworm, or the first one with the CPU.",
)
_LIBC = text(
    "cgocli.opt.sysroot-libc",
    "glibc: Debian's packages. musl: static archives compiled with zig from Debian's sources (zlib, zstd, openssl, sqlite, libpcap, librdkafka).",
)
_OUTPUT = text(
    "cgocli.opt.sysroot-output",
    "Folder to make (default: below gomend's state folder); with several targets, a folder for each is made in it.",
)
_AGAIN = text("cgocli.opt.sysroot-again", "Make it anew with the newest packages of the release.")
_MADE = text("cgocli.sysroot-made", "{path}: {count} packages, {size} MB")
_GOOD = text("cgocli.sysroot-good", "{path}: as it was unpacked.")
_CHANGED = text("cgocli.sysroot-changed", "{path}: {count} files are not as they were unpacked, such as {file}")


@click.group(name="sysroot", cls=base.Subgroup, summary=_SYSROOT, invoke_without_command=True)
@options.lang
@click.pass_context
def command(ctx: click.Context) -> None:
    """See _SYSROOT."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command(name="make", cls=base.Part, summary=_MAKE)
@click.argument("packages", nargs=-1, required=True, metavar="PACKAGE...")
@option("--target", "targets", required=True, multiple=True, metavar="GOOS/GOARCH", callback=options.words_of, help=_TARGET)
@option("--libc", type=click.Choice(("glibc", "musl")), default="glibc", help=_LIBC)
@option("--release", default="", metavar="NAME", help=_RELEASE)
@option("-o", "--output", default="", metavar="DIR", help=_OUTPUT)
@option("--again", is_flag=True, help=_AGAIN)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=FORMAT)
@options.lang
def _make(
    packages: tuple[str, ...], targets: tuple[str, ...], libc: str, release: str, output: str, again: bool, form: str
) -> int:
    from gomend.apps.cgo import sysroots

    say = base.translator()
    order = sysroots.Order(
        targets=tuple(dict.fromkeys(targets)), names=packages, libc=libc, release=release, output=output, again=again
    )
    for made in sysroots.make(order, lambda said: click.echo(say(said), err=True)):
        if form == "json":
            import msgspec

            click.echo(msgspec.json.encode(made))
        else:
            click.echo(say(_MADE, path=made.path, count=len(made.packages), size=f"{made.size / 1e6:.1f}"))
    return Exit.CLEAN


@command.command(name="list", cls=base.Part, summary=_LIST)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=FORMAT)
@options.lang
def _list(form: str) -> int:
    from gomend.apps import tables
    from gomend.apps.cgo import sysroots

    found = sysroots.every()
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(found))
    else:
        rows = [(s.target, s.libc, s.release, " ".join(s.asked), f"{s.size / 1e6:.1f} MB", s.path) for s in found]
        click.echo("\n".join(tables.aligned(rows, indent=0)))
    return Exit.CLEAN


@command.command(name="verify", cls=base.Part, summary=_VERIFY)
@click.argument("folder", metavar="DIR")
@options.lang
def _verify(folder: str) -> int:
    from gomend.apps.cgo import sysroots

    found = sysroots.verify(folder)
    say = base.translator()
    if found.changed:
        click.echo(say(_CHANGED, path=folder, count=len(found.changed), file=found.changed[0]))
        return Exit.FINDINGS
    click.echo(say(_GOOD, path=folder))
    return Exit.CLEAN


@command.command(name="unpack", cls=base.Part, summary=_UNPACK)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@options.lang
def _unpack(files: tuple[str, ...]) -> int:
    from gomend.apps.cgo import sysroots

    say = base.translator()
    for file in files:
        made = sysroots.take(file)
        click.echo(say(_MADE, path=made.path, count=len(made.packages), size=f"{made.size / 1e6:.1f}"))
    return Exit.CLEAN
