"""``gomend debug core``: which program wrote a core dump, is it the one here, and what opens it."""

from __future__ import annotations

import os
import platform
import shlex
import signal
from typing import Final

from gomend.apps.cli import base
from gomend.apps.exits import Exit
from gomend.binary.info import BinaryError
from gomend.binary.opening import mapped
from gomend.debug import corefile
from gomend.debug.corefile import CoreFile
from gomend.debug.why.product import Product
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Translator, text
from gomend.ports.files import FileProblem

_BAD: Final = text("debugcore.bad", "{path}: {reason}")
_WROTE: Final = text(
    "debugcore.wrote", "{core} was written by {program} ({arch}, process {pid}, {threads} threads), ended by {signal}."
)
_SAME: Final = text("debugcore.same", "{binary} is that program: the build ids are the same.")
_OTHER: Final = text(
    "debugcore.other",
    "{binary} is another build: its build id is not the one in the dump, so lines and variables would be wrong.",
)
_GONE: Final = text("debugcore.gone", "{binary} is not here: name the program that wrote the dump.")
_UNKNOWN: Final = text("debugcore.unknown", "Whether {binary} is that program cannot be told: one of them has no build id.")
_CUT: Final = text(
    "debugcore.cut", "The dump was cut off: {missing} bytes are missing (ulimit -c unlimited, room on the disk)."
)
_STRIPPED: Final = text(
    "debugcore.stripped",
    "{binary} has no debug information: dlv shows no lines. gomend debug build makes one that has, but only the very same build fits this dump.",
)
_FAR: Final = text("debugcore.far", "dlv opens dumps of its own system only: this one is from {arch}, here is {here}.")
_OPEN: Final = text("debugcore.open", "Open it: {command}")
_HERE: Final = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64", "AMD64": "amd64"}


class CoreShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend debug core``. ``match``: ``same``, ``other``, ``missing`` or ``unknown``; ``command`` opens the dump."""

    schema_: str
    path: str
    core: CoreFile
    signal: str
    binary: str
    match: str
    build_id: str
    dwarf: bool
    opens: bool
    command: tuple[str, ...]


def look(path: str, binary: str | None) -> CoreShape:
    """Read a dump and the program.

    Raises:
        Problem: the dump cannot be read or is none.
    """
    try:
        core = corefile.read(mapped(path))
    except (FileProblem, BinaryError) as problem:
        raise base.Problem(_BAD, path=path, reason=str(problem)) from None
    program = binary or core.program
    product = _product(program) if program and (binary or os.path.isfile(program)) else None
    match, own = "missing", ""
    if product:
        own = product.info.go_build_id if core.go_build_id or not core.gnu_build_id else product.info.gnu_build_id
        wanted = core.go_build_id or core.gnu_build_id
        match = "unknown" if not own or not wanted else "same" if own == wanted else "other"
    dwarf = bool(product and (product.info.dwarf or product.debug_file[1]))
    opens = match in {"same", "unknown"} and dwarf and core.arch == here()
    return CoreShape(
        schema_="gomend.core/1",
        path=path,
        core=core,
        signal=_signal(core.signal),
        binary=program,
        match=match,
        build_id=own,
        dwarf=dwarf,
        opens=opens,
        command=("dlv", "core", program or "PROGRAM", path),
    )


def here() -> str:
    """This machine's architecture in Go's words."""
    return _HERE.get(platform.machine(), platform.machine())


def exit_of(answer: CoreShape) -> int:
    """0 if dlv will open it, 4 if whether the program fits cannot be told, else 1."""
    if answer.match == "unknown":
        return Exit.UNDETERMINED
    return Exit.CLEAN if answer.opens and not answer.core.missing else Exit.FINDINGS


def told(answer: CoreShape, say: Translator) -> str:
    """The answer for people."""
    core = answer.core
    lines = [
        say(
            _WROTE,
            core=answer.path,
            program=redact(core.arguments) or core.program or "?",
            arch=core.arch,
            pid=core.pid,
            threads=core.threads,
            signal=answer.signal,
        ),
        say({"same": _SAME, "other": _OTHER, "missing": _GONE}.get(answer.match, _UNKNOWN), binary=answer.binary or "?"),
    ]
    if core.go_build_id and answer.match == "other":
        lines += [f"    {answer.path}: {core.go_build_id}", f"    {answer.binary}: {answer.build_id}"]
    if core.missing:
        lines.append(say(_CUT, missing=core.missing))
    if answer.match != "missing" and not answer.dwarf:
        lines.append(say(_STRIPPED, binary=answer.binary))
    if core.arch != here():
        lines.append(say(_FAR, arch=core.arch, here=here()))
    elif answer.opens:
        lines.append(say(_OPEN, command=shlex.join(answer.command)))
    return "\n".join(lines) + "\n"


def _product(path: str) -> Product:
    try:
        return Product(path)
    except (FileProblem, BinaryError) as problem:
        reason = str(problem).removeprefix(f"{path}: ")
        raise base.Problem(_BAD, path=path, reason=reason) from None


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
