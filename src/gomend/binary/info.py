"""What can be read from a binary file without running it."""

from __future__ import annotations

from gomend.binary.gobuildinfo import GoBuild
from gomend.model.base import Thing


class BinaryInfo(Thing, frozen=True):
    """One binary. Fields that a format does not have keep their defaults."""

    format: str
    """``elf``, ``macho`` or ``pe``."""
    arch: str
    """GOARCH name; for a fat Mach-O file the names joined by commas; ``unknown`` for a CPU that Go does not know."""
    kind: str = "executable"
    """``executable``, ``library``, ``object`` or ``other``."""
    interpreter: str | None = None
    """PT_INTERP (ELF) or LC_LOAD_DYLINKER (Mach-O): the program that loads this one."""
    needed: tuple[str, ...] = ()
    """DT_NEEDED, dylibs or imported DLLs, in the file's order."""
    glibc_min: str | None = None
    """Highest ``x.y`` of the ``GLIBC_x.y`` versions that the file asks for, None if it asks for none."""
    glibc_symbols: tuple[str, ...] = ()
    """Symbols that ask for :attr:`glibc_min`, sorted: what would have to change to need less."""
    versions: dict[str, tuple[str, ...]] = {}
    """Symbol versions asked of each library: ``libc.so.6`` → ``GLIBC_2.2.5`` …, ``libstdc++.so.6`` → ``GLIBCXX_3.4`` …"""
    rpath: tuple[str, ...] = ()
    """DT_RPATH and DT_RUNPATH."""
    relro: str = ""
    """``full``, ``partial`` or ``none`` (ELF): whether tables become read-only after start."""
    nx: bool = False
    """The stack may not be executed (ELF)."""
    static: bool = False
    """Needs no other file to start: no interpreter and no needed library."""
    pie: bool = False
    stripped: bool = False
    """Has no symbol table (``.symtab``, LC_SYMTAB, COFF symbols)."""
    dwarf: bool = False
    """Has debug information inside."""
    go: GoBuild | None = None

    @property
    def libc(self) -> str | None:
        """``glibc`` or ``musl`` by the interpreter and the libraries needed, None for a static or foreign binary."""
        names = (*self.needed, (self.interpreter or "").rsplit("/", 1)[-1])
        if any(n.startswith(("ld-musl-", "libc.musl-")) for n in names):
            return "musl"
        if self.format == "elf" and any(n.startswith(("ld-linux", "ld64.so", "libc.so.6")) or n == "ld.so.1" for n in names):
            return "glibc"
        return None


class BinaryError(ValueError):
    """The bytes are no ELF, Mach-O or PE file, or one that is cut off."""
