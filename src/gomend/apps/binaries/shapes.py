"""The shapes of ``gomend binary inspect``."""

from __future__ import annotations

from gomend.model.base import Thing


class RunsShape(Thing, frozen=True, omit_defaults=True):
    """Whether a binary starts on a system; ``why`` says what speaks against it, ``install`` which libraries must be added there."""

    distro: str
    ok: bool
    why: str | None = None
    install: tuple[str, ...] = ()


class LibraryShape(Thing, frozen=True):
    """A library of the closure in a root: where it was found (null: not), by what, and who asked for it."""

    name: str
    path: str | None
    by: str
    wanted_by: str


class FileShape(Thing, frozen=True):
    """One binary, as ``gomend.binary/1`` has it. What a format does not have is false, null or empty."""

    path: str
    format: str
    arch: str
    kind: str
    interpreter: str | None
    needed: tuple[str, ...]
    soname: str | None
    libc: str | None
    static_libc: str | None
    glibc_min: str | None
    glibc_symbols: tuple[str, ...]
    versions: dict[str, tuple[str, ...]]
    static: bool
    pie: bool
    static_pie: bool
    relro: str
    nx: bool
    canary: bool
    textrel: bool
    rpath: tuple[str, ...]
    runpath: bool
    rpath_problems: tuple[str, ...]
    cpu_level: str | None
    stripped: bool
    dwarf: bool
    go: str | None
    module: str | None
    cgo: bool | None
    dynamic_without_cgo: bool
    settings: dict[str, str]
    closure: tuple[LibraryShape, ...] | None
    """Only with ``--root``."""
    runs_on: tuple[RunsShape, ...]


class BinaryShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend binary inspect``."""

    schema_: str
    files: tuple[FileShape, ...]
