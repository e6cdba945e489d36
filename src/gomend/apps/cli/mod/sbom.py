"""``gomend mod sbom``: the bill of materials as CycloneDX."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.model.text import text

_SBOM = text("cli.mod.sbom", "List every module of the build as CycloneDX 1.6, with hashes, licences and who needs whom.")
_BINARY = text("cli.opt.sbom-binary", "List what is built into this binary.")
_REPRODUCIBLE = text("cli.opt.sbom-reproducible", "No time and no random number, so that the same modules give the same bytes.")
_DOWNLOAD = text("cli.opt.sbom-download", "Let go fetch, by your settings, what it needs to list the modules.")
_FORMAT = text("cli.opt.sbom-format", "How to write it: json or xml.")
_OUTPUT = text("cli.opt.sbom-output", "Write to this file.")
_MISSING = text("cli.sbom.no-library", "A bill of materials needs cyclonedx-python-lib: pip install 'gomend[sbom]'")
_NOT_WRITTEN = text("cli.sbom.not-written", "{path} cannot be written: {reason}")


@click.command(name="sbom", cls=base.Part, summary=_SBOM)
@click.argument("folder", required=False, metavar="[DIR]")
@option("--binary", metavar="FILE", help=_BINARY)
@option("--reproducible", is_flag=True, help=_REPRODUCIBLE)
@option("--download", is_flag=True, help=_DOWNLOAD)
@option("--format", "form", type=click.Choice(("json", "xml")), default="json", help=_FORMAT)
@option("--output", "-o", metavar="FILE", help=_OUTPUT)
@options.lang
def command(folder: str | None, binary: str | None, reproducible: bool, download: bool, form: str, output: str | None) -> int:
    """See _SBOM."""
    from gomend.apps import cyclone
    from gomend.apps.billing import gather

    try:
        document = cyclone.document(gather(folder, binary, download=download), xml=form == "xml", reproducible=reproducible)
    except ModuleNotFoundError:
        raise base.Problem(_MISSING) from None
    if output is None:
        click.echo(document)
        return 0
    from gomend.ports.files import write_whole

    try:
        write_whole(output, f"{document}\n".encode())
    except OSError as error:
        raise base.Problem(_NOT_WRITTEN, path=output, reason=error.strerror or "") from None
    return 0
