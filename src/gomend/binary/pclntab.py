"""Go's table of functions and lines, ``pclntab``: where it lies and what its pieces are. Read it through ``gosym.py``.

Every Go binary has it, stripped or not, for the runtime itself needs it. Three layouts since Go 1.16, told apart by the first word:
1.16 (to 1.17), 1.18 (to 1.19: entries became offsets from ``runtime.text``) and 1.20 (start lines were added).
Sources: Go's ``runtime/symtab.go``, ``runtime/runtime2.go`` (``_func``, ``inlinedCall``), ``cmd/link/internal/ld/pcln.go``.
"""

from __future__ import annotations

import struct
import sys
from array import array
from functools import cached_property
from struct import Struct
from typing import Final

from gomend.binary.image import Area, Image
from gomend.binary.info import BinaryError
from gomend.binary.opening import find

_MAGICS: Final = {0xFFFFFFFA: 16, 0xFFFFFFF0: 18, 0xFFFFFFF1: 20}
_OLD: Final = 0xFFFFFFFB
_SECTIONS: Final = (".gopclntab", ".data.rel.ro.gopclntab", "__gopclntab")
_TEXT_WORD, _FTAB_WORD, _HEAD_WORDS, _MODULE_WORDS = 22, 17, 24, 54
"""Places in ``runtime.moduledata``, in words: text, length of ftab, what is read at first, what is read for gofunc."""
_GOFUNC_WORDS: Final = {18: (38,), 20: (40, 43)}
"""Where gofunc stands in Go 1.18 and 1.19; 1.20 to 1.26, 1.27."""
NAME, UNIT = 0, 7
"""Fields of a function."""
NONE: Final = 0xFFFF_FFFF
"""No file, no funcdata."""


class Pclntab:
    """The table of one binary: its pieces, found and bounded, nothing decoded yet."""

    def __init__(self, image: Image) -> None:
        """Find the table.

        Raises:
            BinaryError: there is none (no Go program), it was made by a Go before 1.16, or it points outside of itself.
        """
        self.image = image
        try:
            area = self._place()
            self._head(area)
        except (struct.error, IndexError, ValueError, OverflowError) as error:
            if isinstance(error, BinaryError):
                raise
            raise BinaryError(f"Go's table of functions cannot be read: {type(error).__name__} {error}") from None

    def _place(self) -> Area:
        image = self.image
        section = image.section(*_SECTIONS)
        if section is not None:
            return section
        for area in image.areas:
            for magic in _MAGICS:
                needle = Struct(f"{image.order}IH").pack(magic, 0)
                at = find(image.raw, needle, area.offset, area.offset + area.size)
                while at >= 0:
                    if self._likely(at):
                        return Area(image.address(at), at, area.offset + area.size - at)
                    at = find(image.raw, needle, at + 1, area.offset + area.size)
        raise BinaryError("it has no table of Go functions: it is no Go program, or it is packed")

    def _likely(self, at: int) -> bool:
        """Whether a header is there whose offsets grow and stay within the file."""
        head = self.image.raw[at : at + 8]
        if len(head) < 8 or head[6] not in {1, 2, 4} or head[7] != self.image.pointer:
            return False
        count = 8 if struct.unpack_from(f"{self.image.order}I", head)[0] != 0xFFFFFFFA else 7
        words = Struct(f"{self.image.order}{count}{'Q' if head[7] == 8 else 'I'}")
        if at + 8 + words.size > len(self.image.raw):
            return False
        offsets = words.unpack_from(self.image.raw, at + 8)[count - 5 :]
        return list(offsets) == sorted(offsets) and at + offsets[-1] < len(self.image.raw)

    def _head(self, area: Area) -> None:
        image, self.area = self.image, area
        data = image.bytes_at(area)
        magic = Struct(f"{image.order}I").unpack_from(data)[0]
        if magic == _OLD:
            raise BinaryError("it was built with a Go before 1.16, whose table of functions has another layout")
        if magic not in _MAGICS or data[7] not in {4, 8}:
            raise BinaryError("Go's table of functions starts with unknown bytes")
        self.layout, self.quantum, self.pointer = _MAGICS[magic], data[6], data[7]
        if self.layout == 16 and image.relative:
            data = memoryview(image.relocated(area))
        self.data = data
        word = "Q" if self.pointer == 8 else "I"
        count, skip = (7, 0) if self.layout == 16 else (8, 1)
        words = Struct(f"{image.order}{count}{word}").unpack_from(data, 8)
        self.count: int = words[0]
        self.file_count: int = words[1]
        names, units, files, pcs, functions = words[2 + skip :]
        if not names <= units <= files <= pcs <= functions <= len(data):
            raise BinaryError("the pieces of Go's table of functions are out of order")
        if self.count > len(data) or self.file_count > pcs - files:
            raise BinaryError("Go's table of functions claims more entries than it has room for")
        self._names, self.files, self.pcs = data[names:units], bytes(data[files:pcs]), data[pcs:functions]
        self.functions, self.functions_at = data[functions:], functions
        """Bytes of the ``_func`` structures; offsets of functions count from here."""
        self.units = self._array("I", data[units:files])
        """The file of each number within a compile unit, as an offset into :attr:`files`."""
        kind = word if self.layout == 16 else "I"
        table = self._array(kind, self.functions[: (2 * self.count + 1) * (8 if kind == "Q" else 4)])
        if len(table) != 2 * self.count + 1:
            raise BinaryError("Go's table of functions is cut off")
        self.offsets = table[1::2]
        """Of each function, where its structure lies in :attr:`functions`."""
        self.entries = table[0::2]
        """First address of each function, relative to :attr:`text`, and behind the last function one more."""
        self._start: int = words[2]
        self._names_at: int = names

    def _array(self, kind: str, data: memoryview) -> array[int]:
        made: array[int] = array(kind)
        made.frombytes(data[: len(data) - len(data) % made.itemsize])
        if (sys.byteorder == "little") != self.image.little:
            made.byteswap()
        return made

    @property
    def text(self) -> int:
        """The address that entries count from: ``runtime.text``, or 0 where they are addresses themselves.

        Raises:
            BinaryError: it cannot be found.
        """
        return self._placed[0]

    @cached_property
    def _placed(self) -> tuple[int, int]:
        """``runtime.text``, and the address of ``runtime.moduledata`` (0: not found), which begins with pointers to this table.

        Since Go 1.26 the header has no start of text, and in a PIE it never was complete.
        """
        if self.layout == 16:
            return 0, 0
        image, here = self.image, self.area.address
        for address in image.pointing_to(here):
            try:
                words = image.words(address, _HEAD_WORDS)
            except IndexError:
                continue
            if words[1] == here + self._names_at and words[_FTAB_WORD] == self.count + 1:
                return words[_TEXT_WORD], address
        text = image.section(".text", "__text")
        if not self._start and text is None:
            raise BinaryError("the start of its Go code cannot be found")
        return self._start or (text.address if text else 0), 0

    def gofuncs(self) -> tuple[int, ...]:
        """What may be the address of ``go:func.*``, which offsets of funcdata count from, likeliest first.

        Its place in ``runtime.moduledata`` moves with versions of Go that share a layout here, so the reader tries them.
        """
        module = self._placed[1]
        if not module:
            return ()
        try:
            words = self.image.words(module, _MODULE_WORDS)
        except IndexError:
            return ()
        known = _GOFUNC_WORDS[self.layout]
        order = (*known, *(i for i in range(_HEAD_WORDS, _MODULE_WORDS) if i not in known))
        return tuple(dict.fromkeys(words[i] for i in order if words[i]))

    @cached_property
    def names(self) -> bytes:
        """All names, each with a zero byte behind it."""
        return bytes(self._names)

    def column(self, field: int) -> list[int]:
        """One field of 32 bits of all functions: 0 the offset of the name, 7 the compile unit (:data:`UNIT`).

        Raises:
            BinaryError: an entry points outside of the table.
        """
        skip = (self.pointer if self.layout == 16 else 4) + 4 * field
        if self.image.little != (sys.byteorder == "little"):
            words = Struct(f"{self.image.order}I")
            try:
                return [words.unpack_from(self.functions, at + skip)[0] for at in self.offsets]
            except struct.error:
                raise BinaryError("a function's entry points outside of the table") from None
        table = self.functions[: len(self.functions) & ~3].cast("I")
        try:
            return [table[at + skip >> 2] for at in self.offsets]
        except IndexError:
            raise BinaryError("a function's entry points outside of the table") from None

    def name(self, offset: int) -> str:
        """The name at an offset of :attr:`names`."""
        return _text(self.names, offset)

    def file(self, offset: int) -> str:
        """The path at an offset of :attr:`files`."""
        return _text(self.files, offset)


def _text(table: bytes, offset: int) -> str:
    end = table.find(b"\0", offset) if offset >= 0 else -1
    return table[offset:end].decode("utf-8", "replace") if end >= 0 else ""
