"""``gomend mod bundle import``: bring a bundle into a folder for GOPROXY=file://…, or into the module cache."""

from __future__ import annotations

import click

from gomend.apps import bundlewords as shown
from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import text

_IMPORT = text(
    "bundle.import", "Verify a bundle and bring it into a folder that go reads as a proxy, or into the module cache."
)
_TO = text("bundle.opt.to", "The folder; several bundles may go into one.")
_CACHE = text("bundle.opt.cache", "Into this machine's module cache, under go's own locks.")
_ONE = text("bundle.import.one", "Say where to: --to DIR or --cache.")
_DONE = text("bundle.import.done", "{written} files written to {folder}, {there} were there already.")
_BAD = text("bundle.import.bad", "Nothing was changed.")
_LOCKED = text("bundle.import.locked", "A go command or another import holds {path}; try again when it ends.")
_NO_ROOM = text("bundle.import.no-room", "{path} cannot be written: {reason}. What was written so far is whole; run it again.")


@click.command(name="import", cls=base.Part, summary=_IMPORT)
@click.argument("file", metavar="FILE")
@option("--to", default="", metavar="DIR", help=_TO)
@option("--cache", is_flag=True, help=_CACHE)
@option("--parent", "parents", multiple=True, metavar="BUNDLE", help=shown.PARENT)
@option("--quiet", is_flag=True, help=shown.QUIET)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=shown.FORMAT)
@options.lang
def command(file: str, to: str, cache: bool, parents: tuple[str, ...], quiet: bool, form: str) -> int:
    """See _IMPORT."""
    import os

    from gomend.apps.bundleshapes import bundle_shape
    from gomend.apps.bundling import bring
    from gomend.modules.bundle.manifest import BundleError
    from gomend.modules.bundle.verify import Bad
    from gomend.modules.cache.locks import BusyError

    if bool(to) == cache:
        raise base.Problem(_ONE)
    for path in (file, *parents):
        if not os.path.isfile(path):
            raise base.Problem(f"{path}: {os.strerror(2)}")
    say = base.translator()
    try:
        with shown.progress(quiet=quiet) as progress:
            shape = bring(file, parents, to, say, progress)
    except BundleError as error:
        shape = bundle_shape("import", file, None, say, bad=[Bad(name=file, said=error.said)])
    except BusyError as busy:
        raise base.Problem(_LOCKED, path=str(busy)) from None
    except OSError as error:
        raise base.Problem(_NO_ROOM, path=error.filename or to, reason=error.strerror or str(error)) from None
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(shape))
    else:
        lines = shown.problems(shape, say)
        if shape.bad:
            lines.append(say(_BAD))
        else:
            lines.append(say(_DONE, written=shape.written, folder=shape.into, there=shape.there))
            lines += shown.use(shape, say, shape.into, cache=cache)
        click.echo("\n".join(lines))
    return Exit.FINDINGS if shape.bad else Exit.CLEAN
