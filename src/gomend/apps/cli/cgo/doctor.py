"""``gomend cgo doctor``: what every target's C toolchain is and does, and what will stop the build."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.cli.cgo.needs import DIRECTORY, FORMAT
from gomend.model.text import text

_DOCTOR = text(
    "cgocli.doctor",
    "Diagnose the C toolchain of every target: compile, link and run small programs, and say what will stop the build.",
)
_TARGET = text(
    "cgocli.opt.doctor-target",
    "A GOOS/GOARCH to diagnose; may be repeated (default: the one that go builds for, and gomend.toml's).",
)
_ALL = text("cgocli.opt.doctor-all", "The usual targets as well: Linux, macOS and Windows on their usual CPUs.")
_PREFLIGHT = text("cgocli.opt.doctor-preflight", "Build nothing: only look ahead (seconds).")
_NO_COMPILE = text("cgocli.opt.doctor-no-compile", "Do not let the compilers check the C code either.")


@click.command(name="doctor", cls=base.Part, summary=_DOCTOR, context_settings={"ignore_unknown_options": False})
@option("-C", "--directory", default=".", metavar="DIR", help=DIRECTORY)
@option("--target", "targets", metavar="GOOS/GOARCH", multiple=True, callback=options.words_of, help=_TARGET)
@option("--all", "everything", is_flag=True, help=_ALL)
@option("--preflight", is_flag=True, help=_PREFLIGHT)
@option("--no-compile", is_flag=True, help=_NO_COMPILE)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=FORMAT)
@options.lang
@click.argument("command_line", nargs=-1, type=click.UNPROCESSED, metavar="[-- go build …]")
def command(
    directory: str,
    targets: tuple[str, ...],
    everything: bool,
    preflight: bool,
    no_compile: bool,
    form: str,
    command_line: tuple[str, ...],
) -> int:
    """See _DOCTOR."""
    from gomend.apps.cgo import doctoring

    found = doctoring.diagnose(
        directory, targets, command_line, everything=everything, preflight=preflight, compile=not no_compile
    )
    say = base.translator()
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(doctoring.shape(found, say)))
    else:
        click.echo("\n".join(doctoring.told(found, say)))
    return doctoring.exit_code(found)
