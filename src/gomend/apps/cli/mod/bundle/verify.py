"""``gomend mod bundle verify``: whether a bundle is what it says, without unpacking it."""

from __future__ import annotations

import click

from gomend.apps import bundlewords as shown
from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import text

_VERIFY = text("bundle.verify", "Check every byte of a bundle, every module's hash and the checksum database's proofs.")
_GOOD = text(
    "bundle.verify.good", "Good: {files} files are as the manifest says, {proved} modules are proved by the checksum database."
)
_BAD = text("bundle.verify.bad", "Do not use it: {count} things are wrong.")


@click.command(name="verify", cls=base.Part, summary=_VERIFY)
@click.argument("file", metavar="FILE")
@option("--parent", "parents", multiple=True, metavar="BUNDLE", help=shown.PARENT)
@option("--quiet", is_flag=True, help=shown.QUIET)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=shown.FORMAT)
@options.lang
def command(file: str, parents: tuple[str, ...], quiet: bool, form: str) -> int:
    """See _VERIFY."""
    import os

    from gomend.apps.bundleshapes import BundleShape, bundle_shape
    from gomend.apps.bundling import opened, verdict
    from gomend.modules.bundle.manifest import BundleError
    from gomend.modules.bundle.verify import Bad

    say = base.translator()
    shape: BundleShape
    for path in (file, *parents):
        if not os.path.isfile(path):
            raise base.Problem(f"{path}: {os.strerror(2)}")
    try:
        with opened((file, *parents)) as (bundle, *older), shown.progress(quiet=quiet) as progress:
            found = verdict(bundle, older, progress)
            shape = bundle_shape(
                "verify",
                file,
                bundle.manifest,
                say,
                digest=bundle.digest,
                size=bundle.size,
                proved=found.proved,
                bad=found.bad,
                open=found.open,
            )
    except BundleError as error:
        shape = bundle_shape("verify", file, None, say, bad=[Bad(name=file, said=error.said)])
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(shape))
    else:
        lines = [*shown.contents(shape, say), *shown.problems(shape, say)]
        if shape.bad:
            lines.append(say(_BAD, count=len(shape.bad)))
        elif not shape.open:
            lines.append(say(_GOOD, files=shape.files, proved=shape.proved))
        click.echo("\n".join(lines))
    return Exit.FINDINGS if shape.bad else Exit.UNDETERMINED if shape.open else Exit.CLEAN
