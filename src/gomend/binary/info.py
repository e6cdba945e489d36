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
    soname: str | None = None
    """DT_SONAME: the name that others ask for."""
    rpath: tuple[str, ...] = ()
    """DT_RPATH and DT_RUNPATH."""
    runpath: bool = False
    """They stand in DT_RUNPATH, which counts for this file's own libraries only and after LD_LIBRARY_PATH."""
    relro: str = ""
    """``full``, ``partial`` or ``none`` (ELF): whether tables become read-only after start."""
    nx: bool = False
    """The stack may not be executed (ELF)."""
    canary: bool = False
    """The C code checks for overwritten stacks (it refers to ``__stack_chk_fail``)."""
    textrel: bool = False
    """Code is changed when loading; hardened systems refuse it."""
    level: str | None = None
    """``v1`` … ``v4``: the x86-64 level that the linker noted as needed. Go notes none; see its setting GOAMD64."""
    static: bool = False
    """Needs no other file to start: no interpreter and no needed library."""
    pie: bool = False
    static_libc: str | None = None
    """The C library inside a static executable: ``glibc``, ``musl``, ``none`` or ``unknown``; None if it is not static."""
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

    @property
    def static_pie(self) -> bool:
        """Static, and still loaded wherever the kernel likes."""
        return self.static and self.pie

    @property
    def cgo(self) -> bool | None:
        """Whether a Go binary was built with cgo, None where that is not recorded."""
        value = self.go.settings.get("CGO_ENABLED") if self.go else None
        return None if value is None else value == "1"

    @property
    def dynamic_without_cgo(self) -> bool:
        """A Go binary without cgo that still needs libraries: ``//go:cgo_import_dynamic``, as purego does it."""
        return self.format == "elf" and self.cgo is False and bool(self.needed)

    @property
    def cpu_level(self) -> str | None:
        """What the CPU must offer beyond its base, as GOAMD64 and its sisters say it: ``v3``, ``v8.1`` …; None for the base."""
        name = {"amd64": "GOAMD64", "arm64": "GOARM64", "arm": "GOARM", "ppc64le": "GOPPC64", "ppc64": "GOPPC64"}.get(self.arch)
        name = name or {"riscv64": "GORISCV64", "386": "GO386"}.get(self.arch, "")
        said = self.go.settings.get(name) if self.go and name else None
        return max(filter(None, (said, self.level)), default=None)


class BinaryError(ValueError):
    """The bytes are no ELF, Mach-O or PE file, or one that is cut off."""
