"""Mach-O headers and load commands. Source: ``mach-o/loader.h``, ``mach-o/fat.h`` and Go's ``debug/macho``."""

from __future__ import annotations

import struct
from typing import Final

from gomend.binary import gobuildinfo
from gomend.binary.info import BinaryError, BinaryInfo
from gomend.binary.opening import Raw

_THIN: Final = {
    b"\xfe\xed\xfa\xce": (">", 28),
    b"\xfe\xed\xfa\xcf": (">", 32),
    b"\xce\xfa\xed\xfe": ("<", 28),
    b"\xcf\xfa\xed\xfe": ("<", 32),
}
_FAT: Final = b"\xca\xfe\xba\xbe"
_MOST_SLICES: Final = 16
"""A Java class file has the same magic; its version is a larger number than any count of slices."""
_ARCHS: Final = {7: "386", 0x01000007: "amd64", 12: "arm", 0x0100000C: "arm64", 18: "ppc", 0x01000012: "ppc64"}
_KINDS: Final = {1: "object", 2: "executable", 6: "library", 8: "library"}
_PIE: Final = 0x200000
_LOAD_DYLINKER: Final = 0x0E
_SYMTAB: Final = 0x02
_SEGMENTS: Final = (0x01, 0x19)
_DYLIBS: Final = (0x0C, 0x80000018, 0x8000001F)
"""LC_LOAD_DYLIB, LC_LOAD_WEAK_DYLIB, LC_REEXPORT_DYLIB."""


def is_macho(raw: Raw) -> bool:
    """Whether the bytes start like a Mach-O file, thin or fat."""
    if raw[:4] == _FAT and len(raw) >= 8:
        return 0 < int.from_bytes(raw[4:8], "big") <= _MOST_SLICES
    return raw[:4] in _THIN


def inspect(raw: Raw) -> BinaryInfo:
    """Read a Mach-O file; of a fat one the first slice, with the names of all CPUs.

    Raises:
        BinaryError: it is cut off.
    """
    try:
        if raw[:4] != _FAT:
            return _thin(raw, ())
        count = int.from_bytes(raw[4:8], "big")
        slices = [struct.unpack_from(">5I", raw, 8 + 20 * i) for i in range(count)]
        archs = tuple(_ARCHS.get(cpu, "unknown") for cpu, *_ in slices)
        _, _, offset, size, _ = slices[0]
        return _thin(raw[offset : offset + size], archs)
    except (struct.error, KeyError, IndexError):
        raise BinaryError("the Mach-O file is cut off") from None


def first_slice(raw: Raw) -> tuple[int, int]:
    """Offset and bytes of the first slice of a fat file; (0, all) of a thin one.

    Raises:
        struct.error: it is cut off.
    """
    if raw[:4] != _FAT:
        return 0, len(raw)
    _, _, offset, size, _ = struct.unpack_from(">5I", raw, 8)
    return offset, size


Part = tuple[int, int, int, list[tuple[str, int, int, int]]]
"""A segment: address, offset, bytes in the file, and its sections as (name, address, offset, bytes)."""


def layout(raw: Raw) -> tuple[bool, int, list[Part]]:
    """Of a thin file: whether it is little-endian, bytes of a pointer, and the segments.

    Raises:
        struct.error: it is cut off.
        KeyError: it is no thin Mach-O file.
    """
    order, at = _THIN[raw[:4]]
    count = struct.unpack_from(f"{order}I", raw, 16)[0]
    wide = at == 32
    segment = struct.Struct(f"{order}{'QQQQ' if wide else 'IIII'}IIII")
    section = struct.Struct(f"{order}16s16s{'QQ' if wide else 'II'}I")
    found: list[Part] = []
    for _ in range(count):
        command, length = struct.unpack_from(f"{order}2I", raw, at)
        if command == _SEGMENTS[wide]:
            address, _, offset, size, _, _, sections, _ = segment.unpack_from(raw, at + 24)
            inner, rows = at + 24 + segment.size, list[tuple[str, int, int, int]]()
            for _ in range(min(sections, length // (80 if wide else 68))):
                name, _, where, bytes_, place = section.unpack_from(raw, inner)
                rows.append((name.rstrip(b"\0").decode(errors="replace"), where, place, bytes_))
                inner += 80 if wide else 68
            found.append((address, offset, min(size, max(0, len(raw) - offset)), rows))
        if length < 8:
            break
        at += length
    return order == "<", 8 if wide else 4, found


def _thin(raw: Raw, archs: tuple[str, ...]) -> BinaryInfo:
    order, size = _THIN[raw[:4]]
    _, cpu, _, kind, count, _, flags = struct.unpack_from(f"{order}7I", raw)
    needed: list[str] = []
    interpreter: str | None = None
    symbols = 0
    dwarf = False
    at = size
    for _ in range(count):
        command, length = struct.unpack_from(f"{order}2I", raw, at)
        if length < 8:
            raise BinaryError("a load command of the Mach-O file has no length")
        body = raw[at : at + length]
        if command in _DYLIBS:
            needed.append(_text(body, order))
        elif command == _LOAD_DYLINKER:
            interpreter = _text(body, order)
        elif command == _SYMTAB:
            symbols = struct.unpack_from(f"{order}I", body, 12)[0]
        elif command in _SEGMENTS:
            dwarf = dwarf or body[8:24].rstrip(b"\0") == b"__DWARF"
        at += length
    return BinaryInfo(
        format="macho",
        arch=",".join(archs) or _ARCHS.get(cpu, "unknown"),
        kind=_KINDS.get(kind, "other"),
        interpreter=interpreter,
        needed=tuple(needed),
        static=interpreter is None and not needed and _KINDS.get(kind) == "executable",
        pie=bool(flags & _PIE),
        stripped=symbols == 0,
        dwarf=dwarf,
        go=_go(raw),
    )


def _go(raw: Raw) -> gobuildinfo.GoBuild | None:
    """Go's build information, in its section or somewhere in what is no section."""
    for _, _, _, sections in layout(raw)[2]:
        for name, _, offset, size in sections:
            if name == "__go_buildinfo":
                return gobuildinfo.read(raw, offset, offset + size)
    return gobuildinfo.read(raw)


def _text(body: bytes, order: str) -> str:
    offset = struct.unpack_from(f"{order}I", body, 8)[0]
    return str(body[offset:].split(b"\0", 1)[0].decode(errors="replace"))
