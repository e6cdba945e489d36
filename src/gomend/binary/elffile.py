"""The tables of an ELF file, read with ``struct`` from a memory map: only the pages that hold headers and tables are touched.

Sources: the System V ABI (gABI: headers, PT_INTERP, the dynamic section), the Linux Standard Base (``.gnu.version_r``, ``.gnu.version_d``).
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable
from functools import cached_property, lru_cache
from struct import Struct
from struct import error as struct_error
from typing import Final, NamedTuple

from gomend.binary.info import BinaryError
from gomend.binary.opening import Raw, find

_MANY: Final = 65_536
"""Entries of one table that are read at most: lies end here."""
_TEXT: Final = 4096
_TABLE: Final = 1 << 28
"""Bytes of one table of strings or symbols."""
STRTAB, SYMTAB, STRSZ, VERSYM, VERNEED, VERNEEDNUM, VERDEF, VERDEFNUM = (
    5,
    6,
    10,
    0x6FFFFFF0,
    0x6FFFFFFE,
    0x6FFFFFFF,
    0x6FFFFFFC,
    0x6FFFFFFD,
)
"""Dynamic tags."""
LOAD, DYNAMIC, INTERP = 1, 2, 3
"""Types of program headers."""
_HASH, _GNU_HASH = 4, 0x6FFFFEF5
_layout = lru_cache(maxsize=64)(Struct)


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
    flags: int


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
            fields = _layout(f"{self.order}HHI{'QQQ' if self.wide else 'III'}I6H").unpack_from(raw, 16)
            self.type, self.machine = fields[0], fields[1]
            segments_at, self._sections_at, self.flags = fields[4], fields[5], fields[6]
            _, segment_size, segments, self._section_size, self._section_count, self._names = fields[7:]
            self.segments = self._segments(segments_at, segment_size, segments)
            self.sections = self._sections()
            self.dynamic = self._dynamic()
        except (struct_error, IndexError, KeyError, OverflowError) as error:
            raise BinaryError(f"the ELF file cannot be read: {type(error).__name__} {error}") from None
        self._tags: dict[int, int] = {}
        for tag, value in self.dynamic:
            self._tags.setdefault(tag, value)

    # Headers ------------------------------------------------------------------------------------------------------

    def _segments(self, at: int, size: int, count: int) -> list[Segment]:
        layout = _layout(f"{self.order}{'IIQQQQ' if self.wide else '8I'}")
        rows = [layout.unpack_from(self.raw, at + i * size) for i in range(count)]
        if self.wide:
            return [Segment(kind, flags, offset, address, length) for kind, flags, offset, address, _, length in rows]
        return [Segment(kind, flags, offset, address, length) for kind, offset, address, _, length, _, flags, _ in rows]

    def _sections(self) -> list[Section]:
        layout = _layout(f"{self.order}{'IIQQQQIIQQ' if self.wide else '10I'}")
        at, size, count = self._sections_at, self._section_size, self._section_count
        if not at:
            return []
        if not count:  # more than 65,279 sections: the first one says how many
            count = min(layout.unpack_from(self.raw, at)[5], _MANY)
        if size == layout.size and at + size * count <= self.size:
            rows = list(layout.iter_unpack(self.raw[at : at + size * count]))
        else:
            rows = [layout.unpack_from(self.raw, at + i * size) for i in range(count)]
        names = b""
        if self._names < len(rows):
            _, _, _, _, start, length, *_ = rows[self._names]
            names = self.raw[start : start + min(length, 1 << 22)] if start <= self.size else b""
        found = []
        for name, kind, flags, address, offset, length, *_ in rows:
            end = names.find(b"\0", name)
            word = names[name : end if end >= 0 else name + _TEXT].decode("utf-8", "replace")
            found.append(Section(word, kind, address, offset, length, flags))
        return found

    def _dynamic(self) -> list[tuple[int, int]]:
        segment = next((s for s in self.segments if s.kind == DYNAMIC), None)
        if segment is None or not segment.size:
            return []
        layout = _layout(f"{self.order}{'qQ' if self.wide else 'iI'}")
        size = min(segment.size, _MANY * layout.size)
        table = self.raw[segment.offset : segment.offset + size - size % layout.size]
        if len(table) % layout.size or segment.offset > self.size:
            raise IndexError("the dynamic section is cut off")
        found: list[tuple[int, int]] = []
        for tag, value in layout.iter_unpack(table):
            if not tag:
                break
            found.append((tag, value))
        return found

    def tag(self, wanted: int) -> int | None:
        """The value of a dynamic tag."""
        return self._tags.get(wanted)

    @cached_property
    def names(self) -> dict[str, Section]:
        """The sections by name."""
        return {section.name: section for section in reversed(self.sections)}

    def offset(self, address: int) -> int:
        """Where a virtual address lies in the file.

        Raises:
            IndexError: no segment holds it.
        """
        for kind, _, offset, start, size in self.segments:
            if kind == LOAD and start <= address < start + size:
                return address - start + offset
        raise IndexError(f"address {address:#x} is in no segment")

    def text(self, at: int, limit: int) -> str:
        """The text that ends with a zero byte.

        Raises:
            IndexError: outside of the file.
        """
        if not 0 <= at <= self.size:
            raise IndexError(f"offset {at} is outside of the file")
        return self.raw[at : at + min(limit, _TEXT)].partition(b"\0")[0].decode("utf-8", "replace")

    # Strings and symbols ------------------------------------------------------------------------------------------

    @cached_property
    def strings(self) -> bytes:
        """The dynamic string table.

        Raises:
            IndexError: outside of the file.
        """
        table = self.tag(STRTAB)
        if table is None:
            return b""
        at = self.offset(table)
        return bytes(self.raw[at : at + min(self.tag(STRSZ) or _TABLE, _TABLE)])

    def string(self, number: int) -> str:
        """A text of the dynamic string table; empty outside of it."""
        end = self.strings.find(b"\0", number)
        return self.strings[number : end if end >= 0 else number + _TEXT].decode("utf-8", "replace")

    def versions(self) -> dict[str, dict[int, str]]:
        """The versions that the file asks of each library: library → number in ``.gnu.version`` → name.

        Raises:
            struct.error, IndexError: the table is cut off.
        """
        where, count = self.tag(VERNEED), self.tag(VERNEEDNUM)
        found: dict[str, dict[int, str]] = {}
        if where is None or not count:
            return found
        need, extra = _layout(f"{self.order}HHIII"), _layout(f"{self.order}IHHII")
        at, seen = self.offset(where), 0
        for _ in range(min(count, _MANY)):
            _, auxiliaries, library, first, following = need.unpack_from(self.raw, at)
            inner, names = at + first, found.setdefault(self.string(library), {})
            for _ in range(auxiliaries):
                _, _, number, name, after = extra.unpack_from(self.raw, inner)
                names[number & 0x7FFF] = self.string(name)
                inner += after
                seen += 1
                if not after or seen > _MANY:
                    break
            at += following
            if not following or seen > _MANY:
                break
        return found

    def defines(self) -> tuple[str, ...]:
        """The symbol versions that a library offers.

        Raises:
            struct.error, IndexError: the table is cut off.
        """
        where, count = self.tag(VERDEF), self.tag(VERDEFNUM)
        if where is None or not count:
            return ()
        layout, name = _layout(f"{self.order}HHHHIII"), _layout(f"{self.order}I")
        at, found = self.offset(where), list[str]()
        for _ in range(min(count, _MANY)):
            _, _, _, auxiliaries, _, first, following = layout.unpack_from(self.raw, at)
            if auxiliaries:
                found.append(self.string(name.unpack_from(self.raw, at + first)[0]))
            at += following
            if not following:
                break
        return tuple(found)

    def _numbers(self) -> array[int]:
        """``.gnu.version``: of each dynamic symbol the number of its version."""
        where = self.tag(VERSYM)
        made: array[int] = array("H")
        if where is not None:
            start = self.offset(where)
            table = self.raw[start : start + 2 * self.symbol_count()]
            made.frombytes(table[: len(table) & ~1])
            if self.little != (sys.byteorder == "little"):
                made.byteswap()
        return made

    def imports(self, versions: Iterable[int]) -> list[tuple[str, int]]:
        """The names of the dynamic symbols that ask for one of these versions, by number, with the number.

        Raises:
            struct.error, IndexError: the table is cut off.
        """
        where = self.tag(SYMTAB)
        if where is None:
            return []
        at, size, name = self.offset(where), 24 if self.wide else 16, _layout(f"{self.order}I")
        numbers, found = self._numbers(), list[tuple[str, int]]()
        for version in versions:
            i = -1
            try:
                while True:
                    i = numbers.index(version, i + 1)
                    found.append((self.string(name.unpack_from(self.raw, at + i * size)[0]), version))
            except ValueError:
                continue
        return found

    def symbols(self) -> tuple[set[str], set[str], set[str]]:
        """The dynamic symbols: asked for, asked for weakly, offered.

        Raises:
            struct.error, IndexError: the table is cut off.
        """
        where = self.tag(SYMTAB)
        asked, weak, offered = set[str](), set[str](), set[str]()
        if where is None:
            return asked, weak, offered
        layout = _layout(f"{self.order}{'IBBHQQ' if self.wide else 'IIIBBH'}")
        at = self.offset(where)
        table = self.raw[at : at + layout.size * self.symbol_count()]
        for row in layout.iter_unpack(table[: len(table) - len(table) % layout.size]):
            number, info, section = (row[0], row[1], row[3]) if self.wide else (row[0], row[3], row[5])
            if number:
                (offered if section else weak if info >> 4 == 2 else asked).add(self.string(number))
        return asked, weak, offered

    def symbol_count(self) -> int:
        """How many dynamic symbols there are: by their section, or by a hash table."""
        size = 24 if self.wide else 16
        section = self.names.get(".dynsym")
        if section is not None:
            return min(section.size // size, 1 << 24)
        table = self.tag(_HASH)
        if table is not None:
            wide = self.wide and self.machine in {22, 0x9026}  # s390x and alpha have 64-bit words there
            return int(_layout(f"{self.order}{'QQ' if wide else 'II'}").unpack_from(self.raw, self.offset(table))[1])
        table = self.tag(_GNU_HASH)
        return self._gnu_count(table) if table is not None else 0

    def _gnu_count(self, table: int) -> int:
        """Behind the highest symbol of any chain."""
        at = self.offset(table)
        buckets, first, bloom, _ = _layout(f"{self.order}4I").unpack_from(self.raw, at)
        start = at + 16 + bloom * (8 if self.wide else 4)
        heads = _layout(f"{self.order}{min(buckets, _MANY)}I").unpack_from(self.raw, start)
        last = max(heads, default=0)
        if last < first:
            return int(first)
        word, chain = _layout(f"{self.order}I"), start + 4 * buckets
        while not word.unpack_from(self.raw, chain + 4 * (last - first))[0] & 1:
            last += 1
        return int(last) + 1

    def holds(self, needle: bytes, section: str) -> bool:
        """Whether bytes stand in a section."""
        found = self.names.get(section)
        return found is not None and find(self.raw, needle, found.offset, found.offset + found.size) >= 0
