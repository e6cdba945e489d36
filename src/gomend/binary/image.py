"""Where the addresses of an executable lie in its file: one view of ELF, Mach-O and PE.

Sources: the gABI (program and section headers, RELA), ``mach-o/loader.h``, Microsoft's PE format specification.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from gomend.binary import elffile, macho, pe
from gomend.binary.info import BinaryError
from gomend.binary.opening import Raw, find, mapped

_LOAD, _RELA, _NOBITS, _COMPRESSED = 1, 4, 8, 0x800
_RELATIVE: Final = {62: 8, 183: 1027, 243: 3, 22: 12, 21: 22, 258: 3}
"""``e_machine`` → the relocation type that adds the load address, of CPUs that use RELA."""
_DATA: Final = (".go.module", "__go_module", ".noptrdata", "__noptrdata", ".data", "__data")
"""Sections in which pointers to a place are looked for first."""
_COFF_MOST: Final = 96
"""Sections that Windows loads at most."""


class Area(NamedTuple):
    """A part of the file: its address when loaded (0 for what is not loaded), offset and bytes in the file."""

    address: int
    offset: int
    size: int


class Image:
    """An executable or library, seen by address."""

    def __init__(self, source: Raw | str) -> None:
        """Read the headers; of a fat Mach-O file those of the first slice.

        Raises:
            BinaryError: it is no ELF, Mach-O or PE file, or one that is cut off.
            FileProblem: the path cannot be read.
        """
        self.raw = mapped(source) if isinstance(source, str) else source
        self.format = ""
        self.little, self.pointer, self.relative = True, 8, 0
        self.areas: list[Area] = []
        self.sections: dict[str, Area] = {}
        self.packed: set[str] = set()
        """Names of ELF sections that are compressed."""
        self.relocations: list[Area] = []
        try:
            if self.raw[:4] == b"\x7fELF":
                self._elf()
            elif macho.is_macho(self.raw[:8]):
                self._macho()
            elif self.raw[:2] == b"MZ":
                self._pe()
            else:
                raise BinaryError("it has no ELF, Mach-O or PE header")
        except (struct.error, IndexError, KeyError, OverflowError) as error:
            raise BinaryError(f"the headers cannot be read: {type(error).__name__} {error}") from None

    def offset(self, address: int) -> int:
        """Where an address lies in the file.

        Raises:
            IndexError: in no part that the file holds.
        """
        for area in self.areas:
            if area.address <= address < area.address + area.size:
                return address - area.address + area.offset
        raise IndexError(f"address {address:#x} is not in the file")

    def address(self, offset: int) -> int:
        """The address of a place in the file.

        Raises:
            IndexError: it is not loaded.
        """
        for area in self.areas:
            if area.offset <= offset < area.offset + area.size:
                return offset - area.offset + area.address
        raise IndexError(f"offset {offset:#x} is not loaded")

    def section(self, *names: str) -> Area | None:
        """The first of these sections that is there."""
        return next((self.sections[n] for n in names if n in self.sections), None)

    def bytes_at(self, area: Area) -> memoryview:
        """The bytes of an area, as far as the file has them."""
        return memoryview(self.raw)[area.offset : area.offset + area.size]

    @property
    def order(self) -> str:
        """``<`` or ``>``."""
        return "<" if self.little else ">"

    def words(self, address: int, count: int) -> tuple[int, ...]:
        """``count`` pointers from an address on, with what the loader would add for a load address of 0.

        Raises:
            IndexError: not in the file.
        """
        layout = Struct(f"{self.order}{count}{'Q' if self.pointer == 8 else 'I'}")
        at = self.offset(address)
        if at + layout.size > len(self.raw):
            raise IndexError(f"address {address:#x} is cut off")
        found = list(layout.unpack_from(self.raw, at))
        if self.relative:
            for i in range(count):
                found[i] = self._addend(address + i * self.pointer) or found[i]
        return tuple(found)

    def relocated(self, area: Area) -> bytes:
        """The bytes of an area with all relocations applied: for tables that held pointers in old versions of Go."""
        made = bytearray(self.bytes_at(area))
        word = Struct(f"{self.order}Q")
        for where, info, addend in self._entries():
            if info == self.relative and area.address <= where <= area.address + area.size - 8:
                word.pack_into(made, where - area.address, addend & 0xFFFF_FFFF_FFFF_FFFF)
        return bytes(made)

    def pointing_to(self, address: int) -> Iterator[int]:
        """Addresses of aligned pointers to ``address`` in what is loaded: in the data, or as a relocation."""
        if address >> (8 * self.pointer):
            return  # a damaged header: no pointer is so wide
        needle = Struct(f"{self.order}{'Q' if self.pointer == 8 else 'I'}").pack(address)
        for area in self.relocations:
            lead = Struct(f"{self.order}Q").pack(self.relative) + needle
            at = find(self.raw, lead, area.offset, area.offset + area.size)
            while at >= 0:
                if (at - area.offset) % 24 == 8:
                    yield int(Struct(f"{self.order}Q").unpack_from(self.raw, at - 8)[0])
                at = find(self.raw, lead, at + 1, area.offset + area.size)
        likely = [self.sections[name] for name in _DATA if name in self.sections]
        for area in (*likely, *self.areas):
            at = find(self.raw, needle, area.offset, area.offset + area.size)
            while at >= 0:
                if (at - area.offset + area.address) % self.pointer == 0:
                    yield at - area.offset + area.address
                at = find(self.raw, needle, at + 1, area.offset + area.size)

    def _addend(self, address: int) -> int | None:
        if address >> 64:
            return None
        needle = Struct(f"{self.order}QQ").pack(address, self.relative)
        for area in self.relocations:
            at = find(self.raw, needle, area.offset, area.offset + area.size)
            if at >= 0 and (at - area.offset) % 24 == 0:
                return int(Struct(f"{self.order}Q").unpack_from(self.raw, at + 16)[0])
        return None

    def _entries(self) -> Iterator[tuple[int, int, int]]:
        layout = Struct(f"{self.order}QQq")
        for area in self.relocations:
            whole = self.bytes_at(area)
            yield from layout.iter_unpack(whole[: len(whole) - len(whole) % 24])

    # Formats ------------------------------------------------------------------------------------------------------

    def _elf(self) -> None:
        read = elffile.Elf(self.raw)
        self.format, self.little, self.pointer = "elf", read.little, 8 if read.wide else 4
        self.areas = [Area(s.address, s.offset, s.size) for s in read.segments if s.kind == _LOAD and s.size]
        for section in read.sections:
            if section.kind != _NOBITS:
                self.sections.setdefault(section.name, Area(section.address, section.offset, section.size))
            if section.flags & _COMPRESSED:
                self.packed.add(section.name)
        self.relative = _RELATIVE.get(read.machine, 0) if read.wide and read.type == 3 else 0
        if self.relative:
            tables = [Area(s.address, s.offset, s.size) for s in read.sections if s.kind == _RELA]
            self.relocations = tables or list(self._dynamic_relocations(read))

    def _dynamic_relocations(self, read: elffile.Elf) -> Iterator[Area]:
        where, size = read.tag(7), read.tag(8)
        if where is not None and size:
            yield Area(where, self.offset(where), size)

    def _macho(self) -> None:
        start, size = macho.first_slice(self.raw)
        if start:
            self.raw = bytes(self.raw[start : start + size])
        self.format = "macho"
        self.little, self.pointer, segments = macho.layout(self.raw)
        for address, offset, length, sections in segments:
            if length:
                self.areas.append(Area(address, offset, length))
            for name, where, at, bytes_ in sections:
                self.sections.setdefault(name, Area(where, at, bytes_))

    def _pe(self) -> None:
        self.format = "pe"
        self.pointer, sections = pe.layout(self.raw)
        for name, address, offset, size in sections[:_COFF_MOST]:
            area = Area(address, offset, min(size, max(0, len(self.raw) - offset)))
            self.sections.setdefault(name, area)
            if area.size and not name.startswith((".debug_", ".zdebug_")):
                self.areas.append(area)
