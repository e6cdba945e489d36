"""An ELF core dump of a Go program: which program wrote it, of what it died, whether it is whole.

Sources: Linux ``include/uapi/linux/elf.h`` and ``fs/binfmt_elf.c`` (NT_PRSTATUS, NT_PRPSINFO, NT_AUXV, NT_FILE); core(5) for
coredump_filter, which keeps the first page of every mapped ELF file, and with it the program's build ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from struct import error as struct_error
from typing import Final

from gomend.binary.info import BinaryError
from gomend.binary.opening import Raw
from gomend.model.base import Thing

_CORE, _LOAD, _NOTE = 4, 1, 4
_PRSTATUS, _PRPSINFO, _AUXV, _FILE = 1, 3, 6, 0x46494C45
_AT_PHDR: Final = 3
_GO_ID, _GNU_ID = (b"Go", 4), (b"GNU", 3)
_ARCH: Final = {62: "amd64", 183: "arm64", 243: "riscv64", 258: "loong64", 21: "ppc64le", 22: "s390x"}
_MOST: Final = 64 << 20
"""Bytes of notes that are read at most."""


class CoreFile(Thing, frozen=True):
    """What a core dump says of itself. Empty fields: it does not say."""

    arch: str
    program: str = ""
    """The executable's path when it started."""
    arguments: str = ""
    pid: int = 0
    signal: int = 0
    threads: int = 0
    go_build_id: str = ""
    gnu_build_id: str = ""
    missing: int = 0
    """Bytes that the file should have and has not: it was cut off."""


def read(raw: Raw) -> CoreFile:
    """Read a core dump.

    Raises:
        BinaryError: it is no core dump of a 64-bit system, or its tables are damaged.
    """
    if len(raw) < 64 or bytes(raw[:4]) != b"\x7fELF" or raw[4] != 2 or raw[5] not in {1, 2}:
        raise BinaryError("no ELF file of a 64-bit system")
    try:
        return _Core(raw, "<" if raw[5] == 1 else ">").read()
    except struct_error:
        raise BinaryError("a table of the core dump points outside of the file") from None


class _Core:
    def __init__(self, raw: Raw, order: str) -> None:
        self.raw = raw
        self.words = Struct(f"{order}QQQ")
        self.word = Struct(f"{order}Q")
        self.half = Struct(f"{order}i")
        self.header = Struct(f"{order}16xHHI3QI6H")
        self.segment = Struct(f"{order}II6Q")
        self.note = Struct(f"{order}III")

    def read(self) -> CoreFile:
        kind, machine, _, _, at, _, _, _, size, count, _, _, _ = self.header.unpack_from(self.raw, 0)
        if kind != _CORE:
            raise BinaryError("an ELF file, but no core dump")
        if size < self.segment.size:
            raise BinaryError("the core dump's segment table is damaged")
        segments = [self.segment.unpack_from(self.raw, at + i * size) for i in range(count)]
        loads = [(s[3], s[2], s[5]) for s in segments if s[0] == _LOAD]
        end = max((s[2] + s[5] for s in segments), default=0)
        notes = [n for s in segments if s[0] == _NOTE for n in self._notes(s[2], s[5])]
        status = [body for name, kind, body in notes if kind == _PRSTATUS and name == b"CORE"]
        mapped = next((self._mapped(body) for _, kind, body in notes if kind == _FILE), [])
        header = next((self._header_address(body) for _, kind, body in notes if kind == _AUXV), 0)
        own = [(a, path) for a, b, path in mapped if a <= header < b] or [(a, path) for a, _, path in mapped[:1]]
        start, program = own[0] if own else (0, "")
        info = next((body for name, kind, body in notes if kind == _PRPSINFO and name == b"CORE"), b"")
        ids = dict(self._ids(start, loads))
        return CoreFile(
            arch=_ARCH.get(machine, f"ELF machine {machine}"),
            program=program,
            arguments=info[56:136].partition(b"\0")[0].decode("utf-8", "replace").strip(),
            pid=self.half.unpack_from(info, 24)[0] if len(info) >= 28 else 0,
            signal=self.half.unpack_from(status[0], 0)[0] if status else 0,
            threads=len(status),
            go_build_id=ids.get(_GO_ID, b"").decode("utf-8", "replace"),
            gnu_build_id=ids.get(_GNU_ID, b"").hex(),
            missing=max(end - len(self.raw), 0),
        )

    def _notes(self, at: int, size: int) -> Iterator[tuple[bytes, int, bytes]]:
        end = min(at + min(size, _MOST), len(self.raw))
        while at + self.note.size <= end:
            name, body, kind = self.note.unpack_from(self.raw, at)
            at += self.note.size
            after = at + (name + 3 & ~3)
            if after + body > end:
                return
            yield bytes(self.raw[at : at + name]).rstrip(b"\0"), kind, bytes(self.raw[after : after + body])
            at = after + (body + 3 & ~3)

    def _mapped(self, body: bytes) -> list[tuple[int, int, str]]:
        """NT_FILE: start, end and path of every mapped file."""
        count = self.word.unpack_from(body, 0)[0]
        if count > len(body) // 24:
            return []
        names = body[16 + 24 * count :].split(b"\0")
        found = []
        for i in range(min(count, len(names))):
            start, end, _ = self.words.unpack_from(body, 16 + 24 * i)
            found.append((start, end, names[i].decode("utf-8", "replace")))
        return found

    def _header_address(self, body: bytes) -> int:
        """AT_PHDR: where the program's own headers lie."""
        for at in range(0, len(body) - 15, 16):
            key, value = self.word.unpack_from(body, at)[0], self.word.unpack_from(body, at + 8)[0]
            if key == _AT_PHDR:
                return int(value)
        return 0

    def _ids(self, start: int, loads: list[tuple[int, int, int]]) -> Iterator[tuple[tuple[bytes, int], bytes]]:
        """The notes in the program's first page, as far as the dump has it."""
        at, size = next(((offset, size) for address, offset, size in loads if address == start and size), (0, 0))
        if not size or bytes(self.raw[at : at + 4]) != b"\x7fELF":
            return
        fields = self.header.unpack_from(self.raw, at)
        for i in range(fields[9]):
            segment = self.segment.unpack_from(self.raw, at + fields[4] + i * fields[8])
            if segment[0] == _NOTE and segment[2] + segment[5] <= size:
                for name, kind, body in self._notes(at + segment[2], segment[5]):
                    yield (name, kind), body
