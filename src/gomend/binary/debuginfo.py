"""What a debugger would find in a binary: sections, separate debug files, and how each compile unit was compiled.

Sources: the DWARF 4 and 5 standards (compile unit headers, abbreviations, forms), GDB's manual ("Separate Debug Files"),
Go's ``cmd/internal/dwarf`` (DW_AT_producer holds -N and -l) and Delve's ``bininfo.go``, which reads the same words.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from struct import Struct
from typing import Final

from gomend.binary.image import Image
from gomend.binary.info import BinaryError
from gomend.model.base import Thing

_UNIT_TAG, _NAME, _PRODUCER = 0x11, 0x03, 0x25
_FIXED: Final = {
    0x0B: 1,
    0x05: 2,
    0x06: 4,
    0x07: 8,
    0x0C: 1,
    0x19: 0,
    0x1E: 16,
    0x29: 1,
    0x2A: 2,
    0x2B: 3,
    0x2C: 4,
    0x25: 1,
    0x26: 2,
    0x27: 3,
    0x28: 4,
}
"""Forms of a fixed size: data1 … addrx4, strx1 … strx4."""
_VARINTS: Final = frozenset({0x0D, 0x0F, 0x1A, 0x1B, 0x22, 0x23})
_OFFSETS: Final = frozenset({0x0E, 0x17, 0x1F})
_STRING, _ADDR, _STRP, _LINE_STRP, _IMPLICIT = 0x08, 0x01, 0x0E, 0x1F, 0x21
_MOST: Final = 1 << 30
"""Bytes that a compressed section may unpack to."""


class Unit(Thing, frozen=True):
    """A compile unit: in Go one package, in C one file."""

    name: str
    producer: str
    """``Go cmd/compile go1.26.8; -N -l; regabi`` …"""
    version: int
    """Of DWARF."""

    @property
    def go(self) -> bool:
        """Made by Go's compiler."""
        return self.producer.startswith("Go cmd/compile")

    @property
    def optimised(self) -> bool:
        """A Go package without ``-N``: variables may be missing and lines jump."""
        return self.go and "-N" not in self.producer.partition(";")[2].replace(";", " ").split()

    @property
    def inlined(self) -> bool:
        """A Go package without ``-l``: calls may have been replaced by bodies."""
        return self.go and "-l" not in self.producer.partition(";")[2].replace(";", " ").split()


class DebugInfo(Thing, frozen=True):
    """The debugger's part of a binary."""

    symtab: bool
    """It has a symbol table of its own (``.symtab``; Delve wants one)."""
    dwarf: bool
    compressed: bool
    """``.zdebug_*`` sections, or ones with SHF_COMPRESSED."""
    debuglink: str
    """File name in ``.gnu_debuglink``, empty if there is none."""
    debuglink_crc: int
    go_build_id: str
    gnu_build_id: str
    """Hexadecimal."""


def look(image: Image) -> DebugInfo:
    """The sections, without reading DWARF."""
    names = image.sections
    info = image.section(".debug_info", ".zdebug_info", "__debug_info", "__zdebug_info")
    link = names.get(".gnu_debuglink")
    raw = bytes(image.bytes_at(link)) if link else b""
    packed = any(".zdebug_" in n or "__zdebug_" in n for n in names) or ".debug_info" in image.packed
    return DebugInfo(
        symtab=".symtab" in names,
        dwarf=info is not None,
        compressed=packed,
        debuglink=raw.partition(b"\0")[0].decode("utf-8", "replace"),
        debuglink_crc=int.from_bytes(raw[-4:], "little" if image.little else "big"),
        go_build_id=_note(image, ".note.go.buildid", b"Go").decode("utf-8", "replace"),
        gnu_build_id=_note(image, ".note.gnu.build-id", b"GNU").hex(),
    )


def units(image: Image) -> tuple[Unit, ...]:
    """The compile units of the DWARF in a binary; none without DWARF. Only the first entry of each is read.

    Raises:
        BinaryError: the DWARF is damaged.
    """
    try:
        info, abbreviations = _section(image, "info"), _section(image, "abbrev")
        strings, lines = _section(image, "str"), _section(image, "line_str")
        return tuple(_Units(image.order, info, abbreviations, strings, lines).read())
    except (struct.error, IndexError, KeyError, zlib.error) as error:
        raise BinaryError(f"the DWARF cannot be read: {type(error).__name__} {error}") from None


def _note(image: Image, name: str, owner: bytes) -> bytes:
    """The content of a note section. Go's build id is the text of one with owner ``Go``."""
    area = image.sections.get(name)
    data = bytes(image.bytes_at(area)) if area else b""
    if len(data) < 12:
        return b""
    owner_size, size, _ = struct.unpack_from(f"{image.order}III", data)
    at = 12 + (owner_size + 3 & ~3)
    return data[at : at + size] if data[12 : 12 + len(owner)] == owner else b""


def _section(image: Image, name: str) -> bytes:
    """A debug section, unpacked."""
    area = image.section(f".debug_{name}", f"__debug_{name}")
    if area is not None:
        raw = bytes(image.bytes_at(area))
        if f".debug_{name}" in image.packed:
            skip = 24 if image.pointer == 8 else 12
            kind, size = struct.unpack_from(f"{image.order}I", raw)[0], _packed_size(image, raw)
            if kind != 1:
                raise BinaryError("its debug sections are packed in a way other than zlib")
            return _unpack(raw[skip:], size)
        return raw
    area = image.section(f".zdebug_{name}", f"__zdebug_{name}")
    if area is None:
        return b""
    raw = bytes(image.bytes_at(area))
    return _unpack(raw[12:], int.from_bytes(raw[4:12], "big"))


def _packed_size(image: Image, raw: bytes) -> int:
    wide = image.pointer == 8
    return int(struct.unpack_from(f"{image.order}{'Q' if wide else 'I'}", raw, 8 if wide else 4)[0])


def _unpack(raw: bytes, size: int) -> bytes:
    if size > _MOST:
        raise BinaryError("a debug section claims to unpack to more than 1 GB")
    return zlib.decompressobj().decompress(raw, size)


class _Units:
    def __init__(self, order: str, info: bytes, abbreviations: bytes, strings: bytes, lines: bytes) -> None:
        self.order, self.info, self.abbreviations = order, info, abbreviations
        self.strings, self.lines = strings, lines
        self.shapes: dict[tuple[int, int], tuple[int, list[tuple[int, int, int]]]] = {}

    def read(self) -> Iterator[Unit]:
        at = 0
        word, long, short = Struct(f"{self.order}I"), Struct(f"{self.order}Q"), Struct(f"{self.order}H")
        while at + 11 <= len(self.info):
            size, wide, start = word.unpack_from(self.info, at)[0], False, at + 4
            if size == 0xFFFF_FFFF:
                size, wide, start = long.unpack_from(self.info, at + 4)[0], True, at + 12
            version = short.unpack_from(self.info, start)[0]
            reach, here = long if wide else word, start + 2
            if version >= 5:
                kind, pointer = self.info[here], self.info[here + 1]
                table = reach.unpack_from(self.info, here + 2)[0]
                here += 2 + reach.size + {4: 8, 5: 8, 2: 8 + reach.size, 6: 8 + reach.size}.get(kind, 0)
            else:
                table = reach.unpack_from(self.info, here)[0]
                pointer = self.info[here + reach.size]
                here += reach.size + 1
            found = self._entry(here, table, pointer, reach, version)
            if found:
                yield found
            if size == 0:
                return
            at = start + size

    def _entry(self, at: int, table: int, pointer: int, reach: Struct, version: int) -> Unit | None:
        code, at = _varint(self.info, at)
        tag, shape = self._shape(table, code)
        if tag != _UNIT_TAG:
            return None
        texts = {_NAME: "", _PRODUCER: ""}
        for name, form, implicit in shape:
            value: int | str = implicit
            if form == _STRING:
                end = self.info.index(b"\0", at)
                value, at = self.info[at:end].decode("utf-8", "replace"), end + 1
            elif form in _OFFSETS:
                where = reach.unpack_from(self.info, at)[0]
                at += reach.size
                held = {_STRP: self.strings, _LINE_STRP: self.lines}.get(form)
                value = held[where : held.index(b"\0", where)].decode("utf-8", "replace") if held else where
            elif form in _VARINTS:
                value, at = _varint(self.info, at)
            elif form in _FIXED or form == _ADDR:
                at += pointer if form == _ADDR else _FIXED[form]
            elif form == 0x18:  # exprloc
                size, at = _varint(self.info, at)
                at += size
            elif form != _IMPLICIT:
                return None
            if name in texts and isinstance(value, str):
                texts[name] = value
        return Unit(name=texts[_NAME], producer=texts[_PRODUCER], version=version)

    def _shape(self, table: int, wanted: int) -> tuple[int, list[tuple[int, int, int]]]:
        """The tag and the attributes (name, form, implicit value) of an abbreviation."""
        if (table, wanted) in self.shapes:
            return self.shapes[table, wanted]
        at, data = table, self.abbreviations
        while True:
            code, at = _varint(data, at)
            if not code:
                return 0, []
            tag, at = _varint(data, at)
            at += 1
            shape: list[tuple[int, int, int]] = []
            while True:
                name, at = _varint(data, at)
                form, at = _varint(data, at)
                implicit, at = _varint(data, at) if form == _IMPLICIT else (0, at)
                if not name and not form:
                    break
                shape.append((name, form, implicit))
            self.shapes[table, code] = tag, shape
            if code == wanted:
                return tag, shape


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 70:
            raise IndexError("a number has no end")
