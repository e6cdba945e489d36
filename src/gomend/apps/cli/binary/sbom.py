"""``gomend binary sbom``: the modules inside binaries, as ``gomend mod sbom --binary`` lists them."""

from __future__ import annotations

import os
import warnings

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.model.text import text

_SBOM = text("binary.cmd.sbom", "List the modules that are built into Go binaries as CycloneDX 1.6.")
_OUTPUT = text("binary.opt.sbom-output", "Write FILE.cdx.json of each binary into this folder; needed for more than one.")
_REPRODUCIBLE = text(
    "binary.opt.sbom-reproducible", "No time and no random number, so that the same modules give the same bytes."
)
_MANY = text("binary.sbom.many", "Several bills do not fit into one document: name a folder with --output")
_SAME = text("binary.sbom.same", "Two of the files are called {name}, and their bills would be too")
_MISSING = text("cli.sbom.no-library", "A bill of materials needs cyclonedx-python-lib: pip install 'gomend[sbom]'")
_NOT_WRITTEN = text("cli.sbom.not-written", "{path} cannot be written: {reason}")


@click.command(name="sbom", cls=base.Part, summary=_SBOM)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@option("--output", "-o", metavar="DIR", help=_OUTPUT)
@option("--reproducible", is_flag=True, help=_REPRODUCIBLE)
@options.lang
def command(files: tuple[str, ...], output: str | None, reproducible: bool) -> int:
    """See _SBOM."""
    from gomend.apps import cyclone
    from gomend.apps.billing import gather

    if output is None and len(files) > 1:
        raise base.Problem(_MANY)
    names = [os.path.basename(path) for path in files]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise base.Problem(_SAME, name=twice)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library misses who needs whom, which no binary records
            documents = [cyclone.document(gather(None, p, download=False), xml=False, reproducible=reproducible) for p in files]
    except ModuleNotFoundError:
        raise base.Problem(_MISSING) from None
    if output is None:
        click.echo(documents[0])
        return 0
    from gomend.ports.files import write_whole

    for name, document in zip(names, documents, strict=True):
        path = os.path.join(output, f"{name}.cdx.json")
        try:
            write_whole(path, f"{document}\n".encode())
        except OSError as error:
            raise base.Problem(_NOT_WRITTEN, path=path, reason=error.strerror or "") from None
    return 0
