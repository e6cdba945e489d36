"""Binaries, read with ``struct`` from a memory map: only the few pages that hold headers and tables are ever touched.

Sources: the System V ABI (gABI: headers, PT_INTERP, DT_NEEDED), the Linux Standard Base (``.gnu.version_r``),
and Go's ``internal/goarch`` for the names of CPUs. Other formats: ``macho.py``, ``pe.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from struct import Struct
from struct import error as struct_error
from typing import Final, NamedTuple

from gomend.binary import gobuildinfo, macho, pe
from gomend.binary.info import BinaryError, BinaryInfo
from gomend.binary.opening import Raw, mapped

_ARCHS: Final = {62: "amd64", 3: "386", 40: "arm", 183: "arm64", 243: "riscv64", 22: "s390x", 258: "loong64"}
"""``e_machine`` → GOARCH, where nothing else decides."""
_KINDS: Final = {1: "object", 2: "executable", 3: "library"}
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP, _PT_STACK, _PT_RELRO = 1, 2, 3, 0x6474E551, 0x6474E552
_NEEDED, _STRTAB, _SYMTAB, _RPATH, _RUNPATH, _FLAGS, _HASH = 1, 5, 6, 15, 29, 30, 4
_FLAGS_1, _VERSYM, _VERNEED, _VERNEEDNUM, _BIND_NOW = 0x6FFFFFFB, 0x6FFFFFF0, 0x6FFFFFFE, 0x6FFFFFFF, 24
_PIE, _NOW_1, _NOW = 0x08000000, 1, 8
_GLIBC: Final = re.compile(r"GLIBC_(\d+(?:\.\d+)+)")
_TEXT: Final = 4096
_MANY: Final = 65_536
"""Entries of one table that are read at most: lies end here."""


class Segment(NamedTuple):
    """A program header: type, flags, offset and virtual address, bytes in the file."""

    kind: int
    flags: int
    offset: int
    address: int
    size: int


class Section(NamedTuple):
    """A section header: name, type, address, offset, bytes, flags."""

    name: str
    kind: int
    address: int
    offset: int
    size: int
    flags: int = 0


def inspect(source: bytes | str) -> BinaryInfo:
    """Read one binary, given as its bytes or as the path of a file.

    Raises:
        BinaryError: it is no ELF, Mach-O or PE file, or it is cut off.
        FileProblem: the path cannot be read.
    """
    raw = mapped(source) if isinstance(source, str) else source
    if raw[:4] == b"\x7fELF":
        return Elf(raw).info()
    if macho.is_macho(raw[:_TEXT]):
        return macho.inspect(bytes(raw))
    if raw[:2] == b"MZ":
        return pe.inspect(bytes(raw))
    raise BinaryError("it has no ELF, Mach-O or PE header")


def version_key(version: str) -> tuple[int, ...]:
    """A key that sorts dotted versions by number: 2.4 < 2.17 < 2.34."""
    return tuple(int(part) for part in version.split("."))


class Elf:
    """One ELF file."""

    def __init__(self, raw: Raw) -> None:
        """Read the headers.

        Raises:
            BinaryError: they are cut off or point outside of the file.
        """
        self.raw = raw
        self.size = len(raw)
        try:
            self.wide, self.little = {1: False, 2: True}[raw[4]], {1: True, 2: False}[raw[5]]
            self.order = "<" if self.little else ">"
            header = Struct(f"{self.order}HHI{'QQQ' if self.wide else 'III'}I6H")
            fields = header.unpack_from(raw, 16)
            self.type, self.machine = fields[0], fields[1]
            segments_at, sections_at = fields[4], fields[5]
            _, _, segment_size, segments, section_size, sections, names = fields[6:]
            self.segments = list(self._segments(segments_at, segment_size, segments))
            self.sections = list(self._sections(sections_at, section_size, sections, names))
            self.dynamic = self._dynamic()
        except (struct_error, IndexError, KeyError, OverflowError) as error:
            raise BinaryError(f"the ELF file cannot be read: {type(error).__name__} {error}") from None

    def info(self) -> BinaryInfo:
        """Everything that is told of a binary.

        Raises:
            BinaryError: a table points outside of the file.
        """
        try:
            return self._info()
        except (struct_error, IndexError, OverflowError) as error:
            raise BinaryError(f"the ELF file cannot be read: {type(error).__name__} {error}") from None

    def _info(self) -> BinaryInfo:
        interpreter = next((self.text(s.offset, s.size) for s in self.segments if s.kind == _PT_INTERP), None)
        needed = tuple(self.string(value) for tag, value in self.dynamic if tag == _NEEDED)
        flags = self.tag(_FLAGS_1) or 0
        kind = _KINDS.get(self.type, "other")
        pie = kind == "library" and bool(interpreter or flags & _PIE)
        names = {section.name for section in self.sections}
        versions = self.versions()
        glibc, symbols = self._glibc(versions)
        now = bool(flags & _NOW_1 or (self.tag(_FLAGS) or 0) & _NOW or self.tag(_BIND_NOW) is not None)
        relro = any(s.kind == _PT_RELRO for s in self.segments)
        stack = next((s for s in self.segments if s.kind == _PT_STACK), None)
        return BinaryInfo(
            format="elf",
            arch=self.arch(),
            kind="executable" if pie else kind,
            interpreter=interpreter,
            needed=needed,
            glibc_min=glibc,
            glibc_symbols=symbols,
            versions={library: tuple(sorted(set(found.values()))) for library, found in versions.items()},
            rpath=tuple(self.string(value) for tag, value in self.dynamic if tag in (_RPATH, _RUNPATH)),
            relro="full" if relro and now else "partial" if relro else "none",
            nx=stack is not None and not stack.flags & 1,
            static=interpreter is None and not needed and kind != "object",
            pie=pie,
            stripped=".symtab" not in names,
            dwarf=bool(names & {".debug_info", ".zdebug_info"}),
            go=self._go(),
        )

    # Tables -------------------------------------------------------------------------------------------------------

    def _segments(self, at: int, size: int, count: int) -> Iterator[Segment]:
        layout = Struct(f"{self.order}{'IIQQQQQQ' if self.wide else '8I'}")
        for i in range(count):
            fields = layout.unpack_from(self.raw, at + i * size)
            if self.wide:
                kind, flags, offset, address, _, length = fields[:6]
            else:
                kind, offset, address, _, length, _, flags = fields[:7]
            yield Segment(kind, flags, offset, address, length)

    def _sections(self, at: int, size: int, count: int, names: int) -> Iterator[Section]:
        layout = Struct(f"{self.order}{'IIQQQQIIQQ' if self.wide else '10I'}")
        if not at:
            return
        if not count:  # more than 65,279 sections: the first one says how many
            count = min(layout.unpack_from(self.raw, at)[5], _MANY)
        rows = [layout.unpack_from(self.raw, at + i * size) for i in range(count)]
        base = rows[names][4] if names < len(rows) else 0
        for name, kind, flags, address, offset, length, *_ in rows:
            yield Section(self.text(base + name, _TEXT) if base else "", kind, address, offset, length, flags)

    def _dynamic(self) -> list[tuple[int, int]]:
        segment = next((s for s in self.segments if s.kind == _PT_DYNAMIC), None)
        if segment is None:
            return []
        layout = Struct(f"{self.order}{'qQ' if self.wide else 'iI'}")
        found: list[tuple[int, int]] = []
        for at in range(segment.offset, segment.offset + min(segment.size, _MANY * layout.size), layout.size):
            tag, value = layout.unpack_from(self.raw, at)
            if not tag:
                break
            found.append((tag, value))
        return found

    def tag(self, wanted: int) -> int | None:
        """The value of a dynamic tag."""
        return next((value for tag, value in self.dynamic if tag == wanted), None)

    def offset(self, address: int) -> int:
        """Where a virtual address lies in the file.

        Raises:
            IndexError: no segment holds it.
        """
        for segment in self.segments:
            if segment.kind == _PT_LOAD and segment.address <= address < segment.address + segment.size:
                return address - segment.address + segment.offset
        raise IndexError(f"address {address:#x} is in no segment")

    def text(self, at: int, limit: int) -> str:
        """The text that ends with a zero byte."""
        if not 0 <= at <= self.size:
            raise IndexError(f"offset {at} is outside of the file")
        return bytes(self.raw[at : at + min(limit, _TEXT)]).partition(b"\0")[0].decode("utf-8", "replace")

    def string(self, number: int) -> str:
        """A text of the dynamic string table."""
        table = self.tag(_STRTAB)
        return self.text(self.offset(table) + number, _TEXT) if table is not None else ""

    def arch(self) -> str:
        """GOARCH."""
        if self.machine == 21:
            return "ppc64le" if self.little else "ppc64"
        if self.machine == 8:
            return f"mips{'64' if self.wide else ''}{'le' if self.little else ''}"
        if self.machine == 243 and not self.wide:
            return "unknown"
        return _ARCHS.get(self.machine, "unknown")

    # Symbol versions ----------------------------------------------------------------------------------------------

    def versions(self) -> dict[str, dict[int, str]]:
        """The versions that the file asks of each library: library → number in ``.gnu.version`` → name."""
        where, count = self.tag(_VERNEED), self.tag(_VERNEEDNUM)
        found: dict[str, dict[int, str]] = {}
        if where is None or not count:
            return found
        need, extra = Struct(f"{self.order}HHIII"), Struct(f"{self.order}IHHII")
        at = self.offset(where)
        for _ in range(min(count, _MANY)):
            _, auxiliaries, library, first, following = need.unpack_from(self.raw, at)
            inner, names = at + first, found.setdefault(self.string(library), {})
            for _ in range(auxiliaries):
                _, _, number, name, after = extra.unpack_from(self.raw, inner)
                names[number & 0x7FFF] = self.string(name)
                inner += after
                if not after:
                    break
            at += following
            if not following:
                break
        return found

    def _glibc(self, versions: dict[str, dict[int, str]]) -> tuple[str | None, tuple[str, ...]]:
        """The highest glibc version needed and the symbols that need it."""
        wanted = {
            number: match[1]
            for names in versions.values()
            for number, name in names.items()
            if (match := _GLIBC.fullmatch(name))
        }
        if not wanted:
            return None, ()
        highest = max(wanted.values(), key=version_key)
        chosen = {number for number, version in wanted.items() if version == highest}
        return highest, tuple(sorted(set(self.imports(chosen))))

    def imports(self, versions: set[int]) -> Iterator[str]:
        """The names of the dynamic symbols that ask for one of these versions, by number."""
        symbols, numbers = self.tag(_SYMTAB), self.tag(_VERSYM)
        if symbols is None or numbers is None:
            return
        size = 24 if self.wide else 16
        at, start, count = self.offset(symbols), self.offset(numbers), self._symbol_count(size)
        name = Struct(f"{self.order}I")
        for i, (number,) in enumerate(Struct(f"{self.order}H").iter_unpack(bytes(self.raw[start : start + 2 * count]))):
            if number & 0x7FFF in versions:
                yield self.string(name.unpack_from(self.raw, at + i * size)[0])

    def _symbol_count(self, size: int) -> int:
        section = next((s for s in self.sections if s.name == ".dynsym"), None)
        if section is not None:
            return min(section.size // size, 1 << 24)
        table = self.tag(_HASH)
        if table is not None:
            return int(Struct(f"{self.order}II").unpack_from(self.raw, self.offset(table))[1])
        return 0

    def _go(self) -> gobuildinfo.GoBuild | None:
        """Go's build information: in its section, or where the linker puts it, at the start of the data (debug/buildinfo)."""
        section = next((s for s in self.sections if s.name == ".go.buildinfo"), None)
        if section is not None:
            return gobuildinfo.read(self.raw, section.offset, section.offset + section.size)
        for segment in self.segments:
            if segment.kind == _PT_LOAD and segment.flags & 3 == 2:
                found = gobuildinfo.read(self.raw, segment.offset, segment.offset + segment.size)
                if found is not None:
                    return found
        return None
