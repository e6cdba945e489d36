"""``gomend cgo build --emit``: the same build as a file that stands alone."""

from __future__ import annotations

import os
from typing import Final

from gomend.apps.cgo.ordering import REFUSED, Order
from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.cgo.build import toolchains
from gomend.cgo.build.wish import Refused
from gomend.cgo.emit.others import FORMS
from gomend.cgo.emit.pins import pins
from gomend.model.text import text
from gomend.ports.doors import real_doors
from gomend.ports.processes import Cmd

_NO_EMIT_SYSROOT: Final = text(
    "cgobuild.no-emit-sysroot", "Of the files, only the script takes a sysroot; leave --sysroot out for {form}."
)


def emit(asked: Order, form: str) -> str:
    """The same build as a file that stands alone.

    Raises:
        Problem: zig is not here to be tried with, or has no such target.
    """
    doors = real_doors()
    program = toolchains.zig(doors)
    version = run_async(lambda: doors.runner.run(Cmd(argv=(program or "zig", "version"), timeout=60)))
    go = run_async(lambda: doors.runner.run(Cmd(argv=("go", "env", "GOVERSION"), cwd=asked.directory, timeout=30)))
    if not version.ok:
        raise base.Problem(REFUSED["no-toolchain"], target=asked.wish.target, lacks=version.why)
    if asked.wish.sysroot and form != "script":
        raise base.Problem(_NO_EMIT_SYSROOT, form=form)
    output = os.path.relpath(asked.output, asked.directory)
    try:
        return FORMS[form](asked.wish, pins(version.stdout, go.stdout.strip()), output)
    except Refused as refusal:
        raise base.Problem(REFUSED[refusal.what], **refusal.details) from None
