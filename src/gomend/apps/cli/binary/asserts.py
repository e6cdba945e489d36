"""``gomend binary assert``."""

from __future__ import annotations

import re
from typing import Any

import click

from gomend.apps.cli import answering, base, options
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import text

_ASSERT = text("binary.cmd.assert", "Check conditions on binaries for CI; exit 1 if one does not hold.")
_NOTHING = text("binary.assert.nothing", "Name at least one condition, for example --static or --glibc-max 2.28")
_VERSION = text("binary.assert.version", "{value} is no version; write one such as 2.28")
_STATIC = text("binary.opt.static", "Needs no other file to start.")
_DYNAMIC = text("binary.opt.dynamic", "Is dynamic.")
_PIE = text("binary.opt.pie", "Is position independent.")
_NX = text("binary.opt.nx", "Its stack may not be executed.")
_RELRO = text("binary.opt.relro", "Tables become read-only after the start: partial or full.")
_NO_RPATH = text("binary.opt.no-rpath", "Has no RPATH and no RUNPATH.")
_STRIPPED = text("binary.opt.stripped", "Has neither a symbol table nor DWARF.")
_DEBUG = text("binary.opt.debug", "Has DWARF.")
_NO_CGO = text("binary.opt.no-cgo", "Was built without cgo.")
_GLIBC = text("binary.opt.glibc-max", "Needs no glibc above this version.")
_CPU = text("binary.opt.cpu-max", "Needs no CPU above this level (GOAMD64).")
_ARCH = text("binary.opt.arch", "Is made for this GOARCH; may be repeated.")
_RUNS = text("binary.opt.runs-on", "Starts on these systems, such as debian:11,alpine:3.20; may be repeated.")
_STARTS = text(
    "binary.opt.starts-on",
    "Really starts under the loader and C library of this Debian release, such as debian:11 (fetched once, about 13 MB); may be repeated.",
)
_ALLOW = text("binary.opt.allow", "Needs no libraries but these; may be repeated.")
_GO = text("binary.opt.go", "Was built with this Go, such as go1.26.")


def _split(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.strip() for word in value for part in word.split(",") if part.strip())


@click.command(name="assert", cls=base.Part, summary=_ASSERT)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@option("--static", is_flag=True, help=_STATIC)
@option("--dynamic", is_flag=True, help=_DYNAMIC)
@option("--pie", is_flag=True, help=_PIE)
@option("--nx", is_flag=True, help=_NX)
@option("--relro", type=click.Choice(("partial", "full")), help=_RELRO)
@option("--no-rpath", is_flag=True, help=_NO_RPATH)
@option("--stripped", is_flag=True, help=_STRIPPED)
@option("--debug", is_flag=True, help=_DEBUG)
@option("--no-cgo", is_flag=True, help=_NO_CGO)
@option("--glibc-max", metavar="VERSION", help=_GLIBC)
@option("--cpu-max", type=click.Choice(("v1", "v2", "v3", "v4")), help=_CPU)
@option("--arch", multiple=True, metavar="GOARCH", callback=_split, help=_ARCH)
@option("--runs-on", multiple=True, metavar="SYSTEMS", callback=_split, help=_RUNS)
@option("--starts-on", multiple=True, metavar="SYSTEMS", callback=_split, help=_STARTS)
@option("--allow", multiple=True, metavar="LIBRARIES", callback=_split, help=_ALLOW)
@option("--go", metavar="VERSION", help=_GO)
@answering.form
@options.lang
def command(files: tuple[str, ...], form: str, **conditions: Any) -> int:
    """See _ASSERT."""
    from gomend.apps.binaries import asserting

    glibc = conditions["glibc_max"]
    if glibc is not None and not re.fullmatch(r"\d+(\.\d+)+", glibc):
        raise base.Problem(_VERSION, value=glibc)
    if not any(conditions.values()):
        raise base.Problem(_NOTHING)
    found = asserting.check(files, asserting.Conditions(**conditions), base.translator())
    answering.write(found, form, asserting.shown(found))
    return Exit.CLEAN if found.ok else Exit.FINDINGS
