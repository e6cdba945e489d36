"""PE headers, sections and imports. Source: Microsoft's PE format specification and Go's ``debug/pe``."""

from __future__ import annotations

import struct
from typing import Final

from gomend.binary import gobuildinfo
from gomend.binary.info import BinaryError, BinaryInfo
from gomend.binary.opening import Raw
from gomend.model.base import Thing

_ARCHS: Final = {0x14C: "386", 0x8664: "amd64", 0x1C0: "arm", 0x1C4: "arm", 0xAA64: "arm64"}
_DLL: Final = 0x2000
_DYNAMIC_BASE: Final = 0x40
_MOST_IMPORTS: Final = 4096


class _Section(Thing, frozen=True):
    name: str
    size: int
    address: int
    offset: int


def inspect(raw: Raw) -> BinaryInfo:
    """Read a PE file.

    Raises:
        BinaryError: it is a DOS program or cut off.
    """
    try:
        start = struct.unpack_from("<I", raw, 0x3C)[0]
        if raw[start : start + 4] != b"PE\0\0":
            raise BinaryError("it is a DOS program, not a PE file")
        return _read(raw, start + 4)
    except struct.error:
        raise BinaryError("the PE file is cut off") from None


def layout(raw: Raw) -> tuple[int, list[tuple[str, int, int, int]]]:
    """Bytes of a pointer, and the sections as (name, address with the image's base, offset, bytes in the file).

    Raises:
        struct.error: it is cut off.
    """
    at = struct.unpack_from("<I", raw, 0x3C)[0] + 4
    _, count, _, symbols_at, symbols, optional, _ = struct.unpack_from("<HHIIIHH", raw, at)
    plus = optional >= 2 and struct.unpack_from("<H", raw, at + 20)[0] == 0x20B
    base = struct.unpack_from("<Q" if plus else "<I", raw, at + 20 + (24 if plus else 28))[0] if optional >= 32 else 0
    sections = _sections(raw, at + 20 + optional, count, symbols_at + 18 * symbols)
    return 8 if plus else 4, [(s.name, s.address + base, s.offset, s.size) for s in sections]


def _read(raw: Raw, at: int) -> BinaryInfo:
    machine, count, _, symbols_at, symbols, optional, flags = struct.unpack_from("<HHIIIHH", raw, at)
    head = at + 20
    sections = _sections(raw, head + optional, count, symbols_at + 18 * symbols)
    plus = optional >= 2 and struct.unpack_from("<H", raw, head)[0] == 0x20B
    dll_flags = struct.unpack_from("<H", raw, head + 70)[0] if optional > 72 else 0
    directories = head + (112 if plus else 96)
    imports = struct.unpack_from("<I", raw, directories + 8)[0] if optional >= (128 if plus else 112) else 0
    needed = _imports(raw, sections, imports) if imports else ()
    return BinaryInfo(
        format="pe",
        arch=_ARCHS.get(machine, "unknown"),
        kind="object" if not optional else "library" if flags & _DLL else "executable",
        needed=needed,
        static=not needed,
        pie=bool(dll_flags & _DYNAMIC_BASE),
        stripped=symbols == 0,
        dwarf=any(s.name in {".debug_info", ".zdebug_info"} for s in sections),
        go=_go(raw, sections),
    )


def _go(raw: Raw, sections: tuple[_Section, ...]) -> gobuildinfo.GoBuild | None:
    """Go's build information, which its linker puts into the data (debug/buildinfo)."""
    data = next((s for s in sections if s.name == ".data"), None)
    found = gobuildinfo.read(raw, data.offset, data.offset + data.size) if data else None
    return found or gobuildinfo.read(raw)


def _sections(raw: Raw, at: int, count: int, strings: int) -> tuple[_Section, ...]:
    found = []
    for i in range(count):
        name, _, address, size, offset = struct.unpack_from("<8sIIII", raw, at + 40 * i)
        text = name.rstrip(b"\0").decode(errors="replace")
        if text.startswith("/") and text[1:].isdigit():
            text = _text(raw, strings + int(text[1:]))
        found.append(_Section(name=text, size=size, address=address, offset=offset))
    return tuple(found)


def _imports(raw: Raw, sections: tuple[_Section, ...], table: int) -> tuple[str, ...]:
    names: list[str] = []
    at = _offset(sections, table)
    while at is not None and len(names) < _MOST_IMPORTS:
        _, _, _, name, first = struct.unpack_from("<5I", raw, at)
        where = _offset(sections, name)
        if not name or where is None:
            break
        del first
        names.append(_text(raw, where))
        at += 20
    return tuple(names)


def _offset(sections: tuple[_Section, ...], address: int) -> int | None:
    return next((address - s.address + s.offset for s in sections if s.address <= address < s.address + s.size), None)


def _text(raw: Raw, at: int) -> str:
    return raw[at : raw.find(b"\0", at)].decode(errors="replace")
