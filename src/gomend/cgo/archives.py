"""Prebuilt C code that a module carries (``.a``, ``.o``, ``.syso``, ``.so``): made for which CPU and system, asking for which C library.

Sources: ``ar.5`` and the System V ABI (archive members, symbol tables), the Mach-O and COFF magic numbers. An object in an archive names
symbols without versions, so the glibc that it needs is the first one that has every symbol.
"""

from __future__ import annotations

import mmap
import os
import re
from collections.abc import Iterator
from struct import Struct
from typing import Final

from gomend.binary import elf
from gomend.binary.elf import version_key
from gomend.binary.elffile import Elf
from gomend.binary.info import BinaryError
from gomend.cgo.data import load
from gomend.model.base import Thing

LIMIT: Final = 256 * 1024 * 1024
"""Bytes of an archive that are read at most."""
_MOST: Final = 20_000
_SYMTAB: Final = 2
_MACHO: Final = {b"\xcf\xfa\xed\xfe": "<", b"\xce\xfa\xed\xfe": "<", b"\xfe\xed\xfa\xcf": ">", b"\xca\xfe\xba\xbe": ">"}
_MACHO_CPU: Final = {0x01000007: "amd64", 0x0100000C: "arm64", 7: "386", 12: "arm"}
_COFF_CPU: Final = {0x8664: "amd64", 0x14C: "386", 0xAA64: "arm64", 0x1C4: "arm"}
_OWN: Final = re.compile(r"_Z|_Unwind_|__cxa_|__gxx_|__cxx|__gcc_|__dso_handle|_GLOBAL_OFFSET_TABLE_|__aarch64_|__tls_get_addr")
"""Symbols of the compiler's own libraries."""
_STATIC: Final = frozenset({"atexit", "at_quick_exit", "pthread_atfork", "__stack_chk_fail_local", "_DYNAMIC", "__ehdr_start"})
"""What a static part of glibc defines; no shared library has it."""
_LIBCXX: Final = re.compile(r"_ZNK?St(3__1|6__ndk1)")
_LIBSTDCXX: Final = re.compile(
    r"_ZNK?St7__cxx11|_ZNK?S[osid]\w|_ZSt\d+__throw_|_ZSt4(cout|cerr|cin)$|_ZNK?St8__detail|_ZNSt6thread|_ZSt18_Rb_tree"
)
"""Names that only LLVM's C++ library has (its inline namespace) and only GNU's; what both have, as ``_ZNSt9exceptionD2Ev``, says nothing."""
_FORTIFY: Final = re.compile(r"__\w+_chk")


class Prebuilt(Thing, frozen=True):
    """One such file. Empty ``archs`` mean that nothing in it could be read; ``problem`` says why."""

    path: str
    format: str = ""
    """``elf``, ``macho``, ``coff`` or empty."""
    archs: tuple[str, ...] = ()
    members: int = 0
    made_by: str = ""
    """What the compiler wrote of itself (``.comment``)."""
    glibc_needed: str | None = None
    """First glibc that has every symbol of glibc that is asked for."""
    glibc_newest: tuple[str, ...] = ()
    """Symbols that came with :attr:`glibc_needed`."""
    glibc_only: tuple[str, ...] = ()
    """Symbols that glibc has and musl has not."""
    musl_only: tuple[str, ...] = ()
    undefined: tuple[str, ...] = ()
    """Symbols asked for that neither the file nor a C library has, sorted; those of the compiler's own libraries left out."""
    cxx: str = ""
    """``libstdc++`` or ``libc++`` if it asks for names that only that C++ library has."""
    shared: bool = False
    problem: str = ""

    @property
    def libc(self) -> str:
        """``glibc``, ``musl`` or empty if its symbols fit both."""
        if self.format != "elf":
            return ""
        return "glibc" if self.glibc_only else "musl" if self.musl_only else ""

    def fits(self, goos: str, goarch: str) -> bool:
        """Whether it can be linked into a program for a target; unknown content gets the benefit of the doubt."""
        if not self.format or not self.archs:
            return True
        wanted = {"darwin": "macho", "ios": "macho", "windows": "coff"}.get(goos, "elf")
        return self.format == wanted and goarch in self.archs


def read(path: str) -> Prebuilt:
    """Look into one file; what cannot be read is told in the answer."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        return Prebuilt(path=path, problem=error.strerror or str(error))
    try:
        size = os.fstat(handle).st_size
        if not 8 < size <= LIMIT:
            return Prebuilt(path=path, problem=f"{size} bytes")
        with mmap.mmap(handle, 0, prot=mmap.PROT_READ) as raw:
            return _read(path, raw)
    except (OSError, ValueError) as error:
        return Prebuilt(path=path, problem=str(error))
    finally:
        os.close(handle)


def _read(path: str, raw: mmap.mmap) -> Prebuilt:
    if raw[:4] == b"\x7fELF":
        try:
            info = elf.inspect(bytes(raw))
        except BinaryError as error:
            return Prebuilt(path=path, problem=str(error))
        if info.kind == "library":
            return Prebuilt(
                path=path,
                format="elf",
                archs=(info.arch,),
                members=1,
                shared=True,
                glibc_needed=info.glibc_min,
                glibc_newest=info.glibc_symbols[:8],
                glibc_only=info.glibc_symbols if info.libc == "glibc" else (),
            )
    gathered = _Gathered()
    members = _members(raw) if raw[:8] == b"!<arch>\n" else iter([(0, len(raw))])
    for start, size in members:
        gathered.member(raw, start, size)
    return gathered.told(path)


def _members(raw: mmap.mmap) -> Iterator[tuple[int, int]]:
    """Offset and size of each member that may be an object."""
    at, seen = 8, 0
    while at + 60 <= len(raw) and seen < _MOST:
        head = raw[at : at + 60]
        try:
            size = int(head[48:58])
        except ValueError:
            return
        name, start = head[:16].rstrip(), at + 60
        at = start + size + (size & 1)
        seen += 1
        if name.startswith(b"#1/"):  # BSD: the name stands before the content
            extra = int(name[3:] or b"0")
            if raw[start : start + extra].startswith(b"__.SYMDEF"):
                continue
            start, size = start + extra, size - extra
        elif name in {b"/", b"//", b"/SYM64/"} or name.startswith(b"__.SYMDEF"):
            continue
        if size > 0:
            yield start, size


class _Gathered:
    def __init__(self) -> None:
        self.formats: dict[str, None] = {}
        self.archs: dict[str, None] = {}
        self.count = 0
        self.made_by = ""
        self.wanted: set[str] = set()
        self.given: set[str] = set()

    def member(self, raw: mmap.mmap, start: int, size: int) -> None:
        magic = raw[start : start + 4]
        if magic == b"\x7fELF":
            self._elf(raw[start : start + size])
        elif magic in _MACHO:
            order = _MACHO[magic]
            at = start + (8 if magic == b"\xca\xfe\xba\xbe" else 4)
            self._seen("macho", _MACHO_CPU.get(Struct(f"{order}I").unpack_from(raw, at)[0], "unknown"))
        elif size >= 20 and (cpu := _COFF_CPU.get(Struct("<H").unpack_from(raw, start)[0])):
            self._seen("coff", cpu)

    def _seen(self, form: str, arch: str) -> None:
        self.formats[form] = None
        self.archs[arch] = None
        self.count += 1

    def _elf(self, raw: bytes) -> None:
        try:
            found = Elf(raw)
            self._seen("elf", elf.arch(found))
            self._symbols(found)
            if not self.made_by:
                section = next((s for s in found.sections if s.name == ".comment"), None)
                words = raw[section.offset : section.offset + section.size].split(b"\0") if section else []
                self.made_by = next((w.decode("utf-8", "replace")[:120] for w in words if w), "")
        except (BinaryError, IndexError):
            return

    def _symbols(self, found: Elf) -> None:
        index = next((i for i, s in enumerate(found.sections) if s.kind == _SYMTAB), None)
        if index is None:
            return
        table = found.sections[index]
        names = next((s for s in found.sections if s.name == ".strtab"), None)
        if names is None:
            return
        raw = bytes(found.raw[table.offset : table.offset + table.size])
        text = bytes(found.raw[names.offset : names.offset + names.size])
        layout = Struct(f"{found.order}{'IBBHQQ' if found.wide else 'IIIBBH'}")
        where, info = (3, 1) if found.wide else (5, 3)
        for entry in layout.iter_unpack(raw[: len(raw) // layout.size * layout.size]):
            if entry[info] >> 4 == 0 or not entry[0]:
                continue  # local
            name = text[entry[0] : text.find(b"\0", entry[0])].decode("utf-8", "replace")
            if entry[where]:
                self.given.add(name)
            elif entry[info] >> 4 != 2:  # a weak one may stay undefined
                self.wanted.add(name)

    def told(self, path: str) -> Prebuilt:
        form = next(iter(self.formats), "")
        if form != "elf":
            archs = tuple(self.archs)
            return Prebuilt(path=path, format=form, archs=archs, members=self.count, problem="" if form else "no object in it")
        since = load.glibc_since(next(iter(self.archs), "amd64"))
        musl = load.libc().musl
        outside = {n for n in self.wanted - self.given if not _OWN.match(n) and n not in _STATIC}
        in_glibc = outside & since.keys()
        only = in_glibc - musl
        asked = self.wanted - self.given
        newest = max((since[n] for n in in_glibc), key=version_key, default=None)
        return Prebuilt(
            path=path,
            format=form,
            archs=tuple(self.archs),
            members=self.count,
            made_by=self.made_by,
            glibc_needed=newest,
            glibc_newest=tuple(sorted(n for n in in_glibc if since[n] == newest)[:8]),
            glibc_only=tuple(sorted(only, key=lambda n: (not _FORTIFY.fullmatch(n), n))[:20]),
            musl_only=tuple(sorted((outside & musl) - since.keys())[:20]),
            cxx="libstdc++" if any(map(_LIBSTDCXX.match, asked)) else "libc++" if any(map(_LIBCXX.match, asked)) else "",
            undefined=tuple(sorted(outside - since.keys() - musl)[:200]),
        )
