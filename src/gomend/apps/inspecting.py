"""What a binary is and where it would start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gomend.apps.cli import base
from gomend.binary import distros, elf
from gomend.binary.distros import COMMON, Distro
from gomend.binary.info import BinaryError, BinaryInfo
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Translator, text
from gomend.ports.files import FileProblem

_NO_BINARY: Final = text("cli.binary.none", "{path} is no ELF, Mach-O or PE file that can be read: {reason}")
_NO_DISTRO: Final = text(
    "cli.binary.no-distro", "{name} is no system that gomend knows; write debian:12, alpine:3.20, glibc:2.28 …"
)
_PIN: Final = text("cli.binary.pin", "glibc {version} is asked for by {symbols}")


class RunsShape(Thing, frozen=True, omit_defaults=True):
    """Whether a binary starts on a system; ``why`` says what speaks against it."""

    distro: str
    ok: bool
    why: str | None = None


class FileShape(Thing, frozen=True):
    """One binary, as ``gomend.binary/1`` has it."""

    path: str
    format: str
    arch: str
    kind: str
    interpreter: str | None
    needed: tuple[str, ...]
    libc: str | None
    glibc_min: str | None
    glibc_symbols: tuple[str, ...]
    versions: dict[str, tuple[str, ...]]
    static: bool
    pie: bool
    relro: str
    nx: bool
    rpath: tuple[str, ...]
    stripped: bool
    dwarf: bool
    go: str | None
    module: str | None
    settings: dict[str, str]
    runs_on: tuple[RunsShape, ...]


class BinaryShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend binary inspect``."""

    schema_: str
    files: tuple[FileShape, ...]


def systems(names: Sequence[str]) -> tuple[Distro, ...]:
    """The systems that are asked about.

    Raises:
        Problem: one of them is not known.
    """
    found = []
    for name in names or COMMON:
        distro = distros.find(name)
        if distro is None:
            raise base.Problem(_NO_DISTRO, name=name)
        found.append(distro)
    return tuple(found)


def inspect(paths: Sequence[str], on: Sequence[str], say: Translator) -> BinaryShape:
    """Read binaries and judge where they start.

    Raises:
        Problem: a file is no binary or cannot be read, or a system is not known.
    """
    asked = systems(on)
    return BinaryShape(schema_="gomend.binary/1", files=tuple(_file(path, asked, say) for path in paths))


def _file(path: str, asked: Sequence[Distro], say: Translator) -> FileShape:
    try:
        info = elf.inspect(path)
    except FileProblem as problem:
        raise base.Problem(str(problem)) from None
    except BinaryError as error:
        raise base.Problem(_NO_BINARY, path=path, reason=str(error)) from None
    return FileShape(
        path=path,
        format=info.format,
        arch=info.arch,
        kind=info.kind,
        interpreter=info.interpreter,
        needed=info.needed,
        libc=info.libc,
        glibc_min=info.glibc_min,
        glibc_symbols=info.glibc_symbols,
        versions=info.versions,
        static=info.static,
        pie=info.pie,
        relro=info.relro,
        nx=info.nx,
        rpath=info.rpath,
        stripped=info.stripped,
        dwarf=info.dwarf,
        go=info.go.version if info.go else None,
        module=(info.go.module or None) if info.go else None,
        settings={name: redact(value) for name, value in info.go.settings.items()} if info.go else {},
        runs_on=tuple(_runs(info, distro, say) for distro in asked),
    )


def _runs(info: BinaryInfo, distro: Distro, say: Translator) -> RunsShape:
    reason = distros.why_not(info, distro)
    return RunsShape(distro=distro.name, ok=reason is None, why=say(reason) if reason else None)


def shown(file: FileShape, say: Translator) -> str:
    """One binary for people."""
    kind = f"{file.format} {file.arch} {file.kind}"
    traits = [
        word
        for word, held in (("static", file.static), ("PIE", file.pie), ("stripped", file.stripped), ("DWARF", file.dwarf))
        if held
    ]
    lines = [f"{file.path}", f"  {kind}{', ' if traits else ''}{', '.join(traits)}"]
    if file.go:
        cgo = file.settings.get("CGO_ENABLED", "")
        lines.append(f"  {file.go}{f'  {file.module}' if file.module else ''}{f'  CGO_ENABLED={cgo}' if cgo else ''}")
    if file.interpreter:
        lines.append(f"  PT_INTERP {file.interpreter}")
    if file.needed:
        lines.append(f"  NEEDED {' '.join(file.needed)}")
    if file.rpath:
        lines.append(f"  RUNPATH {' '.join(file.rpath)}")
    if file.glibc_min:
        lines.append("  " + say(_PIN, version=file.glibc_min, symbols=", ".join(file.glibc_symbols[:5]) or "?"))
    width = max((len(run.distro) for run in file.runs_on), default=0)
    lines += [f"  {'✓' if run.ok else '✗'} {run.distro:<{width}}  {run.why or ''}".rstrip() for run in file.runs_on]
    return "\n".join(lines) + "\n"
